//! What a clock and its ports tell of themselves.

use crate::event::{SyntonePortIdentity, lock, state};
use crate::pointer::sized;
use crate::result::{Checked, SyntoneResult, finish};
use core::ffi::c_char;
use syntone::Clock;
use syntone::counters::{Counters, Discard};
use syntone::servo::Servo;
use syntone::wire::MessageType;
use syntone_hal::PortIndex;

/// Places in syntone_port_status for kinds of messages; the index is messageType.
pub const SYNTONE_MESSAGE_TYPES: usize = 16;
/// Places in syntone_port_status for reasons to discard; syntone_discard_name() says which are used.
pub const SYNTONE_DISCARD_REASONS: usize = 32;

/// The data sets of a clock, and how it follows its master.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct SyntoneStatus {
    /// sizeof(syntone_status); set it before the call.
    pub struct_size: u32,
    /// Syncs that were used so far; offset_from_master is new whenever this has changed. Wraps after 2^32.
    pub syncs: u32,
    /// currentDS.offsetFromMaster in units of 2^-16 ns: this clock less its master, as last measured.
    pub offset_from_master: i64,
    /// currentDS.meanDelay in units of 2^-16 ns.
    pub mean_delay: i64,
    /// The frequency that keeps pace with the master, in units of 2^-16 ppm.
    pub frequency: i32,
    /// currentDS.stepsRemoved.
    pub steps_removed: u16,
    /// defaultDS.numberPorts.
    pub port_count: u8,
    /// syntone_lock.
    pub lock: u8,
    /// defaultDS.clockIdentity, in network order.
    pub clock_identity: [u8; 8],
    /// parentDS.parentPortIdentity; port 0 of this clock if it is the grandmaster.
    pub parent: SyntonePortIdentity,
    /// parentDS.grandmasterIdentity, in network order.
    pub grandmaster: [u8; 8],
    /// parentDS.grandmasterPriority1.
    pub grandmaster_priority1: u8,
    /// parentDS.grandmasterPriority2.
    pub grandmaster_priority2: u8,
    /// parentDS.grandmasterClockQuality.clockClass.
    pub grandmaster_clock_class: u8,
    /// parentDS.grandmasterClockQuality.clockAccuracy.
    pub grandmaster_clock_accuracy: u8,
    /// parentDS.grandmasterClockQuality.offsetScaledLogVariance.
    pub grandmaster_offset_scaled_log_variance: u16,
    /// timePropertiesDS.currentUtcOffset in seconds.
    pub current_utc_offset: i16,
    /// timePropertiesDS, SYNTONE_TIME_...
    pub time_flags: u16,
    /// timePropertiesDS.timeSource.
    pub time_source: u8,
}
sized!(SyntoneStatus);

/// The data set of a port, and what it received, sent and discarded. Counters wrap after 2^32.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct SyntonePortStatus {
    /// sizeof(syntone_port_status); set it before the call.
    pub struct_size: u32,
    /// portDS.portIdentity.portNumber.
    pub port_number: u16,
    /// portDS.portState, syntone_port_state.
    pub state: u8,
    /// 1: the port has a link.
    pub link_up: u8,
    /// portDS.logAnnounceInterval.
    pub log_announce_interval: i8,
    /// portDS.logSyncInterval.
    pub log_sync_interval: i8,
    /// portDS.logMinDelayReqInterval; as a slave, what its master asks for.
    pub log_min_delay_req_interval: i8,
    /// portDS.announceReceiptTimeout.
    pub announce_receipt_timeout: u8,
    /// portDS.delayMechanism, one of SYNTONE_DELAY_...
    pub delay_mechanism: u8,
    /// portDS.logMinPdelayReqInterval.
    pub log_min_pdelay_req_interval: i8,
    /// 0.
    pub reserved: [u8; 2],
    /// portDS.meanLinkDelay in units of 2^-16 ns; 0 until it is measured.
    pub mean_link_delay: i64,
    /// Messages received and accepted, by messageType.
    pub received: [u32; SYNTONE_MESSAGE_TYPES],
    /// Messages handed to the HAL, by messageType.
    pub sent: [u32; SYNTONE_MESSAGE_TYPES],
    /// What was not used, by reason; syntone_discard_name() names them.
    pub discarded: [u32; SYNTONE_DISCARD_REASONS],
}
sized!(SyntonePortStatus);

impl SyntoneStatus {
    pub(crate) fn new<const PORTS: usize, S: Servo>(clock: &Clock<PORTS, S>) -> Self {
        let (default, current) = (clock.default_ds(), clock.current_ds());
        let (parent, time) = (clock.parent_ds(), clock.time_properties_ds());
        let quality = parent.grandmaster_clock_quality;
        Self {
            struct_size: <Self as crate::pointer::Sized32>::SIZE,
            syncs: clock.syncs(),
            offset_from_master: current.offset_from_master.scaled(),
            mean_delay: current.mean_delay.scaled(),
            frequency: clock.servo().frequency().scaled_ppm(),
            steps_removed: current.steps_removed,
            port_count: u8::try_from(PORTS).unwrap_or(u8::MAX),
            lock: lock(clock.lock_state()),
            clock_identity: default.clock_identity.octets(),
            parent: SyntonePortIdentity::new(parent.parent_port_identity),
            grandmaster: parent.grandmaster_identity.octets(),
            grandmaster_priority1: parent.grandmaster_priority1,
            grandmaster_priority2: parent.grandmaster_priority2,
            grandmaster_clock_class: quality.clock_class.0,
            grandmaster_clock_accuracy: quality.clock_accuracy.0,
            grandmaster_offset_scaled_log_variance: quality.offset_scaled_log_variance,
            current_utc_offset: time.current_utc_offset,
            time_flags: time.flags().bits(),
            time_source: time.time_source.0,
        }
    }
}

impl SyntonePortStatus {
    pub(crate) fn new<const PORTS: usize, S: Servo>(clock: &Clock<PORTS, S>, port: PortIndex) -> Option<Self> {
        let (ds, counters) = (clock.port_ds(port)?, clock.counters(port)?);
        let Tallies { received, sent, discarded } = Tallies::new(counters);
        Some(Self {
            struct_size: <Self as crate::pointer::Sized32>::SIZE,
            port_number: ds.port_identity.port_number,
            state: state(ds.port_state),
            link_up: u8::from(clock.link_is_up(port)),
            log_announce_interval: ds.log_announce_interval,
            log_sync_interval: ds.log_sync_interval,
            log_min_delay_req_interval: ds.log_min_delay_req_interval,
            announce_receipt_timeout: ds.announce_receipt_timeout,
            delay_mechanism: ds.delay_mechanism.number(),
            log_min_pdelay_req_interval: ds.log_min_pdelay_req_interval,
            reserved: [0; 2],
            mean_link_delay: ds.mean_link_delay.scaled(),
            received,
            sent,
            discarded,
        })
    }
}

/// Counters of a port as C has them.
pub(crate) struct Tallies {
    pub(crate) received: [u32; SYNTONE_MESSAGE_TYPES],
    pub(crate) sent: [u32; SYNTONE_MESSAGE_TYPES],
    pub(crate) discarded: [u32; SYNTONE_DISCARD_REASONS],
}

impl Tallies {
    pub(crate) fn new(counters: &Counters) -> Self {
        let mut tallies = Self {
            received: [0; SYNTONE_MESSAGE_TYPES],
            sent: [0; SYNTONE_MESSAGE_TYPES],
            discarded: [0; SYNTONE_DISCARD_REASONS],
        };
        for (message_type, places) in (0..).map(MessageType).zip(tallies.received.iter_mut().zip(&mut tallies.sent)) {
            *places.0 = counters.received(message_type);
            *places.1 = counters.sent(message_type);
        }
        for (reason, place) in Discard::ALL.into_iter().zip(&mut tallies.discarded) {
            *place = counters.discarded(reason);
        }
        tallies
    }
}

// Every reason has its place.
const _: () = assert!(Discard::COUNT <= SYNTONE_DISCARD_REASONS);

/// Writes the name of a reason to discard (the index in syntone_port_status.discarded) to `name`, at most `size` octets
/// with the NUL at the end; a name that does not fit is cut off. SYNTONE_RESULT_OUT_OF_RANGE: no such reason.
///
/// # Safety
/// `name` is NULL or points to `size` octets.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syntone_discard_name(reason: u32, name: *mut c_char, size: usize) -> SyntoneResult {
    // SAFETY: as promised.
    finish(unsafe { discard_name(reason, name, size) })
}

unsafe fn discard_name(reason: u32, name: *mut c_char, size: usize) -> Checked {
    if name.is_null() {
        return Err(SyntoneResult::NullPointer);
    }
    let reason = usize::try_from(reason).ok().and_then(|index| Discard::ALL.get(index));
    let reason = reason.ok_or(SyntoneResult::OutOfRange)?;
    let Some(room) = size.checked_sub(1) else { return Err(SyntoneResult::StorageTooSmall) };
    let octets = reason.name().bytes().take(room).chain([0]);
    for (index, octet) in octets.enumerate() {
        // SAFETY: index is at most `room`, one below `size`, and the caller promises `size` octets.
        unsafe { name.add(index).write(c_char::from_ne_bytes([octet])) };
    }
    Ok(())
}
