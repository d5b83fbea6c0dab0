//! The functions that need no clock: defaults, sizes, messages.

use super::further::{Ask, Outcome, named};
use syntone_capi::board::SYNTONE_ABI_VERSION;
use syntone_capi::clock::*;
use syntone_capi::codec::*;
use syntone_capi::config::*;
use syntone_capi::describe::*;
use syntone_capi::performance::*;
use syntone_capi::result::SyntoneResult;
use syntone_capi::slave_event::*;
use syntone_capi::status::*;

/// How many there are.
pub(super) const COUNT: u8 = 9;

/// What a clock tells of itself: the defaults, or whatever comes.
pub(super) fn description(ask: &mut Ask<'_, '_>) -> SyntoneDescription {
    let mut description = ask.place::<SyntoneDescription>();
    // SAFETY: a pointer to a local.
    let _ = unsafe { syntone_description_init(&raw mut description, ask.size::<SyntoneDescription>()) };
    if ask.octet() < 200 { description } else { ask.sized() }
}

/// # Safety
/// The pointers of `ask` are as it says.
pub(super) unsafe fn call(ask: &mut Ask<'_, '_>, which: u8) -> Outcome {
    // SAFETY: all pointers are to locals.
    unsafe {
        match which {
            0 => {
                let mut config = core::mem::MaybeUninit::uninit();
                let (to, size) = (ask.to(config.as_mut_ptr()), ask.size::<SyntoneConfig>());
                named!(syntone_config_init(to, size))
            }
            1 => {
                let (mut to, size) = (ask.place::<SyntoneDescription>(), ask.size::<SyntoneDescription>());
                named!(syntone_description_init(ask.to(&raw mut to), size))
            }
            2 => {
                let (reason, mut name) = (ask.octet() & 63, vec![0x55; usize::from(ask.octet() & 63)]);
                let (to, size) = (ask.to(name.as_mut_ptr()), name.len());
                let outcome = named!(syntone_discard_name(reason.into(), to, size));
                if outcome.1 == SyntoneResult::Ok && size > 0 {
                    Ask::ends(&name);
                }
                outcome
            }
            3 => {
                let ports = ask.octet();
                let sizes = [syntone_clock_size(ports), syntone_performance_size(ports)];
                assert_eq!(sizes.map(|size| size == 0), [!(1..=8).contains(&ports); 2]);
                assert_eq!(syntone_abi_version(), SYNTONE_ABI_VERSION);
                ("syntone_clock_size, syntone_performance_size, syntone_abi_version", SyntoneResult::Ok)
            }
            4 | 5 => encode(ask),
            6 => next(ask),
            _ => event(ask),
        }
    }
}

/// A message is what was encoded; TLVs are what comes.
///
/// # Safety
/// As [`call`].
unsafe fn encode(ask: &mut Ask<'_, '_>) -> Outcome {
    let (mut message, tlvs) = (ask.place::<SyntoneMessage>(), ask.octets());
    (message.message_type, message.sdo_id) = (ask.octet() & 15, u16::from(ask.octet()) << 4);
    (message.correction_field, message.sequence_id) = (ask.filled(), ask.filled());
    (message.version_ptp, message.minor_version_ptp) =
        (2 + (message.message_type & 8) / 8 * (ask.octet() & 1), ask.octet() & 31);
    (message.tlvs, message.tlvs_length) = (ask.at(tlvs.as_ptr()), tlvs.len());
    let (mut buffer, mut length) = (vec![0_u8; usize::from(ask.octet()) * 2], 0);
    let room = buffer.len();
    // SAFETY: all pointers are to locals.
    unsafe {
        let (from, to) = (ask.at(&raw const message), buffer.as_mut_ptr());
        let outcome = named!(syntone_message_encode(from, to, room, ask.to(&raw mut length)));
        if outcome.1 != SyntoneResult::Ok {
            return outcome;
        }
        assert!(length <= room);
        let (mut again, mut why) = (ask.place::<SyntoneMessage>(), ask.place::<SyntoneParseError>());
        let decoded = syntone_message_decode(to, length, &raw mut again, &raw mut why);
        assert_eq!(decoded, SyntoneResult::Ok, "{why:?}");
        assert_eq!((again.correction_field, again.sequence_id), (message.correction_field, message.sequence_id));
        outcome
    }
}

/// # Safety
/// As [`call`].
unsafe fn next(ask: &mut Ask<'_, '_>) -> Outcome {
    let (tlvs, mut position, mut tlv) = (ask.octets(), usize::from(ask.octet()), ask.tlv(&[]));
    let octets = ask.at(tlvs.as_ptr());
    // SAFETY: all pointers are to locals.
    unsafe { named!(syntone_tlv_next(octets, tlvs.len(), ask.to(&raw mut position), &raw mut tlv)) }
}

/// # Safety
/// As [`call`].
unsafe fn event(ask: &mut Ask<'_, '_>) -> Outcome {
    let (index, value) = (ask.octet() & 7, ask.octets());
    let (mut tlv, mut to) = (ask.tlv(&value), ask.place::<SyntoneSlaveEvent>());
    let types = [
        SYNTONE_TLV_SLAVE_RX_SYNC_TIMING,
        SYNTONE_TLV_SLAVE_RX_SYNC_COMPUTED,
        SYNTONE_TLV_SLAVE_TX_EVENT_TIMESTAMPS,
        SYNTONE_TLV_SLAVE_DELAY_TIMING,
        3,
    ];
    tlv.tlv_type = types[usize::from(ask.octet() % 5)];
    // SAFETY: all pointers are to locals.
    unsafe { named!(syntone_slave_event_decode(ask.at(&raw const tlv), index.into(), ask.to(&raw mut to))) }
}
