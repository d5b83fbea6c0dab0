//! What rides on Announces and Signaling: TLVs of the application, the path, alternate timescales, errors of the time.

use crate::clock::SyntoneClock;
use crate::config::SyntoneConfigError;
use crate::describe::words;
use crate::event::SyntonePortIdentity;
use crate::pointer::{check, check_sized, copy_text, read_sized, sized, slice, write};
use crate::result::{SyntoneResult, finish};
use crate::slot::on_clock;
use core::ffi::{c_char, c_void};
use syntone::attached::{AlternateTimescale, DisplayName, ReceivedTlv};
use syntone::wire::Tlvs;
use syntone::wire::layout::Float64;
use syntone::wire::tlvs::{AlternateTimeOffsetIndicator, EnhancedAccuracyMetrics};
use syntone_hal::TimeInterval;

/// A TLV of an organisation, and what it came with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct SyntoneReceivedTlv {
    /// Its lengthField octets, valid until the callback returns: organizationId, organizationSubType, and what follows them.
    pub value: *const u8,
    /// lengthField.
    pub length: u16,
    /// tlvType: 0x0003, 0x4000 or 0x8000.
    pub tlv_type: u16,
    /// Who sent the message, as it says: with Signaling anybody may say anything.
    pub source: SyntonePortIdentity,
    /// The port that received it, from 0.
    pub port: u8,
    /// messageType: 11 Announce, 12 Signaling.
    pub message_type: u8,
}

/// Is handed TLVs, from within syntone_clock_take_tlvs(); must not call functions of the same clock, throw or longjmp. `tlv` is valid
/// until it returns.
pub type SyntoneOnTlv = Option<unsafe extern "C" fn(context: *mut c_void, tlv: *const SyntoneReceivedTlv)>;

/// An alternate timescale, such as local time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct SyntoneAlternateTimescale {
    /// sizeof(syntone_alternate_timescale); set it before each call.
    pub struct_size: u32,
    /// Seconds that it is ahead of the grandmaster's time. Of a local time zone, its offset to UTC less that of TAI.
    pub current_offset: i32,
    /// Seconds by which that will grow; 0: no jump is known.
    pub jump_seconds: i32,
    /// keyField: which of several.
    pub key_field: u8,
    /// Not 0: it is announced.
    pub enable: u8,
    /// 0.
    pub reserved: [u8; 2],
    /// When it jumps: the second of the grandmaster's time that is the first after the jump, below 2^48.
    pub time_of_next_jump: u64,
    /// What it is called: up to 10 octets of UTF-8, with a NUL at the end.
    pub display_name: [c_char; 16],
}
sized!(SyntoneAlternateTimescale);

/// What is known of the errors of a time: for each cause the largest, in units of 2^-16 ns, and the variance in s^2.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[repr(C)]
pub struct SyntoneAccuracyMetrics {
    /// sizeof(syntone_accuracy_metrics); set it before each call.
    pub struct_size: u32,
    /// Boundary clocks that have added theirs. What is set does not matter.
    pub bc_hop_count: u8,
    /// Transparent clocks that have added theirs. What is set does not matter.
    pub tc_hop_count: u8,
    /// 0.
    pub reserved: [u8; 2],
    /// Of the grandmaster.
    pub max_gm_inaccuracy: i64,
    /// Of the grandmaster.
    pub var_gm_inaccuracy: f64,
    /// Of transients.
    pub max_transient_inaccuracy: i64,
    /// Of transients.
    pub var_transient_inaccuracy: f64,
    /// Of what changes all the time.
    pub max_dynamic_inaccuracy: i64,
    /// Of what changes all the time.
    pub var_dynamic_inaccuracy: f64,
    /// Of what is constant in the clocks.
    pub max_static_instance_inaccuracy: i64,
    /// Of what is constant in the clocks.
    pub var_static_instance_inaccuracy: f64,
    /// Of what is constant on the way.
    pub max_static_medium_inaccuracy: i64,
    /// Of what is constant on the way.
    pub var_static_medium_inaccuracy: f64,
}
sized!(SyntoneAccuracyMetrics);

/// Hands over the TLVs of organisations that have come, in their order, and forgets them. Without SYNTONE_LEND_RECEIVED_TLVS there are
/// none; call it after each syntone_clock_run_once(), or what has no room is lost and counted. Each takes its octets and 16 more.
///
/// # Safety
/// As syntone_clock_run_once(); `on_tlv` keeps to what its type asks.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syntone_clock_take_tlvs(
    clock: *mut SyntoneClock,
    on_tlv: SyntoneOnTlv,
    context: *mut c_void,
) -> SyntoneResult {
    let take = || {
        let on_tlv = on_tlv.ok_or(SyntoneResult::NullPointer)?;
        // SAFETY: as promised; the pointer is to a local.
        unsafe {
            on_clock!(clock, |machine| {
                for tlv in machine.clock.received_tlvs().map(|tlv| SyntoneReceivedTlv::new(&tlv)) {
                    on_tlv(context, &raw const tlv);
                }
                machine.clock.forget_received_tlvs();
            });
        }
        Ok(())
    };
    finish(take())
}

/// Sends these TLVs, whole and one after the other in `length` octets, with each Announce from now on in place of those before. They are
/// copied to what was lent as SYNTONE_LEND_ANNOUNCED_TLVS; with SYNTONE_RESULT_BAD_CONFIG there is no room for them there, and nothing
/// changes. SYNTONE_RESULT_OUT_OF_RANGE: they are not whole.
///
/// # Safety
/// As syntone_clock_run_once(); `tlvs` is NULL, with a length of 0, or points to `length` octets; `error` is NULL or points to what its
/// type says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syntone_clock_announce_tlvs(
    clock: *mut SyntoneClock,
    tlvs: *const u8,
    length: usize,
    error: *mut SyntoneConfigError,
) -> SyntoneResult {
    let set = || {
        // SAFETY: as promised.
        unsafe {
            SyntoneConfigError::clear(error)?;
            let octets = if length == 0 { &[] } else { slice(tlvs, length)? };
            let tlvs = Tlvs::parse(octets).map_err(|_| SyntoneResult::OutOfRange)?;
            SyntoneConfigError::tell(error, on_clock!(clock, |machine| machine.clock.set_announced_tlvs(tlvs)))
        }
    };
    finish(set())
}

/// Copies to `buffer` of `size` octets those TLVs of the parent's newest Announce that a boundary clock hands on, and sets `*length` to
/// their octets; see syntone_tlv_next(). Without SYNTONE_LEND_ANNOUNCE_TLVS there are none. SYNTONE_RESULT_STORAGE_TOO_SMALL: `*length` is
/// more than `size`, and nothing was copied.
///
/// # Safety
/// As syntone_clock_run_once(); `buffer` is NULL or points to `size` octets, `length` to what its type says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syntone_clock_parent_tlvs(
    clock: *mut SyntoneClock,
    buffer: *mut u8,
    size: usize,
    length: *mut usize,
) -> SyntoneResult {
    let get = || {
        check(buffer)?;
        // SAFETY: as promised; what is copied fits.
        unsafe {
            write(length, 0)?;
            on_clock!(clock, |machine| {
                let tlvs = machine.clock.parent_tlvs();
                let octets = tlvs.octets();
                write(length, octets.len())?;
                if octets.len() > size {
                    return Err(SyntoneResult::StorageTooSmall);
                }
                buffer.copy_from(octets.as_ptr(), octets.len());
            });
        }
        Ok(())
    };
    finish(get())
}

/// Writes pathTraceDS.list, the clocks from the grandmaster to the parent, to `identities`, at most `capacity`, and their number to
/// `*count`. It is empty unless SYNTONE_SETTING_PATH_TRACE is on and SYNTONE_LEND_ANNOUNCE_TLVS is lent.
/// SYNTONE_RESULT_STORAGE_TOO_SMALL: `*count` is more than `capacity`, and nothing was written.
///
/// # Safety
/// As syntone_clock_run_once(); `identities` is NULL or points to `capacity` times 8 octets, `count` to what its type says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syntone_clock_path_trace(
    clock: *mut SyntoneClock,
    identities: *mut u8,
    capacity: usize,
    count: *mut usize,
) -> SyntoneResult {
    let get = || {
        let identities = identities.cast::<[u8; 8]>();
        check(identities)?;
        // SAFETY: as promised; no more than `capacity` are written.
        unsafe {
            write(count, 0)?;
            on_clock!(clock, |machine| {
                let list = machine.clock.path_trace_list();
                let number = list.iter().count();
                write(count, number)?;
                if number > capacity {
                    return Err(SyntoneResult::StorageTooSmall);
                }
                for (index, identity) in list.iter().enumerate() {
                    identities.add(index).write(identity.octets());
                }
            });
        }
        Ok(())
    };
    finish(get())
}

/// Sets one of the alternate timescales that the clock announces as grandmaster: key_field is its place in what was lent as
/// SYNTONE_LEND_ALTERNATE_TIMESCALES. After a jump the program sets it anew. With SYNTONE_RESULT_BAD_CONFIG nothing changes, and `error`,
/// which may be NULL, names the member. SYNTONE_RESULT_OUT_OF_RANGE: the name is longer than 10 octets or not UTF-8.
///
/// # Safety
/// As syntone_clock_run_once(); `timescale` and `error` are NULL or point to what their types say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syntone_clock_set_alternate_timescale(
    clock: *mut SyntoneClock,
    timescale: *const SyntoneAlternateTimescale,
    error: *mut SyntoneConfigError,
) -> SyntoneResult {
    let set = || {
        // SAFETY: as promised.
        unsafe {
            SyntoneConfigError::clear(error)?;
            let told = read_sized(timescale)?;
            let timescale = told.checked().ok_or(SyntoneResult::OutOfRange)?;
            let set = on_clock!(clock, |machine| machine.clock.set_alternate_timescale(told.key_field, timescale));
            SyntoneConfigError::tell(error, set)
        }
    };
    finish(set())
}

/// Writes the `index`th, from 0, of the alternate timescales that the grandmaster announces, which may be this clock, to `timescale`. Those of
/// another one are known by SYNTONE_LEND_ANNOUNCE_TLVS. SYNTONE_RESULT_OUT_OF_RANGE: there are not so many.
///
/// # Safety
/// As syntone_clock_run_once(); `timescale` is NULL or points to what its type says, with its struct_size set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syntone_clock_alternate_timescale(
    clock: *mut SyntoneClock,
    index: usize,
    timescale: *mut SyntoneAlternateTimescale,
) -> SyntoneResult {
    let get = || {
        // SAFETY: as promised.
        unsafe {
            check_sized(timescale)?;
            let found = on_clock!(clock, |machine| {
                let found = machine.clock.alternate_timescales().nth(index);
                found.map(|found| SyntoneAlternateTimescale::new(&found))
            });
            write(timescale, found.ok_or(SyntoneResult::OutOfRange)?)
        }
    };
    finish(get())
}

/// Tells of the errors of the clock's time with its Announces, by ENHANCED_ACCURACY_METRICS: as grandmaster `own`; as boundary clock what the
/// parent announces, with `own` but what is of a grandmaster added, which needs 88 octets of SYNTONE_LEND_ANNOUNCE_TLVS. NULL, as at
/// first: what the parent announces is handed on as it is.
///
/// # Safety
/// As syntone_clock_run_once(); `own` is NULL or points to what its type says, with its struct_size set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syntone_clock_set_accuracy_metrics(
    clock: *mut SyntoneClock,
    own: *const SyntoneAccuracyMetrics,
) -> SyntoneResult {
    let set = || {
        // SAFETY: as promised.
        unsafe {
            let own = if own.is_null() { None } else { Some(read_sized(own)?.checked()) };
            on_clock!(clock, |machine| machine.clock.set_accuracy_metrics(own));
        }
        Ok(())
    };
    finish(set())
}

/// Writes the errors of the time that the clock has, from the grandmaster up to itself, to `metrics`; only up to its parent if its own were
/// not set. SYNTONE_RESULT_OUT_OF_RANGE: they are not known. Needs SYNTONE_LEND_ANNOUNCE_TLVS.
///
/// # Safety
/// As syntone_clock_run_once(); `metrics` is NULL or points to what its type says, with its struct_size set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syntone_clock_accuracy_metrics(
    clock: *mut SyntoneClock,
    metrics: *mut SyntoneAccuracyMetrics,
) -> SyntoneResult {
    let get = || {
        // SAFETY: as promised.
        unsafe {
            check_sized(metrics)?;
            let found = on_clock!(clock, |machine| machine.clock.accuracy_metrics());
            write(metrics, SyntoneAccuracyMetrics::new(&found.ok_or(SyntoneResult::OutOfRange)?))
        }
    };
    finish(get())
}

impl SyntoneReceivedTlv {
    fn new(received: &ReceivedTlv<'_>) -> Self {
        Self {
            value: received.tlv.value.as_ptr(),
            length: u16::try_from(received.tlv.value.len()).unwrap_or(0),
            tlv_type: received.tlv.tlv_type.0,
            source: SyntonePortIdentity::new(received.source_port_identity),
            port: received.port.0,
            message_type: received.message_type.0,
        }
    }
}

impl SyntoneAlternateTimescale {
    fn new(told: &AlternateTimeOffsetIndicator<'_>) -> Self {
        let mut display_name = [0; 16];
        copy_text(core::str::from_utf8(told.display_name.0).unwrap_or(""), &mut display_name);
        Self {
            struct_size: <Self as crate::pointer::Sized32>::SIZE,
            current_offset: told.current_offset,
            jump_seconds: told.jump_seconds,
            key_field: told.key_field,
            enable: 1,
            reserved: [0; 2],
            time_of_next_jump: told.time_of_next_jump.0,
            display_name,
        }
    }

    fn checked(&self) -> Option<AlternateTimescale> {
        Some(AlternateTimescale {
            enable: self.enable != 0,
            current_offset: self.current_offset,
            jump_seconds: self.jump_seconds,
            time_of_next_jump: self.time_of_next_jump,
            display_name: words(&self.display_name).and_then(DisplayName::new)?,
        })
    }
}

impl SyntoneAccuracyMetrics {
    fn new(told: &EnhancedAccuracyMetrics) -> Self {
        let variance = |told: Float64| f64::from_bits(told.0);
        Self {
            struct_size: <Self as crate::pointer::Sized32>::SIZE,
            bc_hop_count: told.bc_hop_count,
            tc_hop_count: told.tc_hop_count,
            reserved: [0; 2],
            max_gm_inaccuracy: told.max_gm_inaccuracy.scaled(),
            var_gm_inaccuracy: variance(told.var_gm_inaccuracy),
            max_transient_inaccuracy: told.max_transient_inaccuracy.scaled(),
            var_transient_inaccuracy: variance(told.var_transient_inaccuracy),
            max_dynamic_inaccuracy: told.max_dynamic_inaccuracy.scaled(),
            var_dynamic_inaccuracy: variance(told.var_dynamic_inaccuracy),
            max_static_instance_inaccuracy: told.max_static_instance_inaccuracy.scaled(),
            var_static_instance_inaccuracy: variance(told.var_static_instance_inaccuracy),
            max_static_medium_inaccuracy: told.max_static_medium_inaccuracy.scaled(),
            var_static_medium_inaccuracy: variance(told.var_static_medium_inaccuracy),
        }
    }

    fn checked(&self) -> EnhancedAccuracyMetrics {
        let (largest, variance) = (TimeInterval::from_scaled, |told: f64| Float64(told.to_bits()));
        EnhancedAccuracyMetrics {
            bc_hop_count: self.bc_hop_count,
            tc_hop_count: self.tc_hop_count,
            max_gm_inaccuracy: largest(self.max_gm_inaccuracy),
            var_gm_inaccuracy: variance(self.var_gm_inaccuracy),
            max_transient_inaccuracy: largest(self.max_transient_inaccuracy),
            var_transient_inaccuracy: variance(self.var_transient_inaccuracy),
            max_dynamic_inaccuracy: largest(self.max_dynamic_inaccuracy),
            var_dynamic_inaccuracy: variance(self.var_dynamic_inaccuracy),
            max_static_instance_inaccuracy: largest(self.max_static_instance_inaccuracy),
            var_static_instance_inaccuracy: variance(self.var_static_instance_inaccuracy),
            max_static_medium_inaccuracy: largest(self.max_static_medium_inaccuracy),
            var_static_medium_inaccuracy: variance(self.var_static_medium_inaccuracy),
        }
    }
}
