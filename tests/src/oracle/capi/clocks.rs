//! The functions of ordinary and boundary clocks.

use super::board::on_tlv;
use super::codec::description;
use super::further::{Ask, Outcome, named};
use core::ptr;
use syntone_capi::attached::*;
use syntone_capi::board::SYNTONE_ADDRESS_IPV4;
use syntone_capi::clock::*;
use syntone_capi::config::SyntoneConfigError;
use syntone_capi::describe::*;
use syntone_capi::grandmaster::*;
use syntone_capi::histogram::*;
use syntone_capi::lent::*;
use syntone_capi::masters::*;
use syntone_capi::performance::*;
use syntone_capi::result::SyntoneResult;
use syntone_capi::settings::*;
use syntone_capi::signaling::*;
use syntone_capi::status::*;

/// How many there are.
pub(super) const COUNT: u8 = 28;

/// # Safety
/// The clock is null, misaligned, or storage, whether there is a clock or not.
pub(super) unsafe fn call(ask: &mut Ask<'_, '_>, which: u8) -> Outcome {
    // SAFETY: as promised.
    unsafe {
        match which {
            0..=6 => basic(ask, which),
            7..=13 => attached(ask, which),
            14..=20 => managed(ask, which),
            _ => measured(ask, which),
        }
    }
}

/// What is told of a setting that cannot be has a name that ends.
fn told(error: &SyntoneConfigError, outcome: Outcome) -> Outcome {
    Ask::ends(&error.option);
    assert_eq!(outcome.1 == SyntoneResult::BadConfig, error.option[0] != 0, "{}", outcome.0);
    outcome
}

/// # Safety
/// As [`call`].
unsafe fn basic(ask: &mut Ask<'_, '_>, which: u8) -> Outcome {
    let (clock, mut error) = (ask.clock, SyntoneConfigError { option: [0; 64], value: 0, minimum: 0, maximum: 0 });
    // SAFETY: as promised; all other pointers are to locals.
    unsafe {
        match which {
            0 => {
                let mut to = ask.place::<SyntoneStatus>();
                named!(syntone_clock_status(clock, ask.to(&raw mut to)))
            }
            1 => {
                let (setting, port, mut to) = (ask.octet(), ask.octet() & 7, 0);
                named!(syntone_clock_get(clock, setting.into(), port, ask.to(&raw mut to)))
            }
            2 => {
                let from = ask.sized::<SyntoneHoldoverUpgrade>();
                let from = ask.at(&raw const from);
                let outcome = named!(syntone_clock_set_holdover_upgrade(clock, from, &raw mut error));
                told(&error, outcome)
            }
            3 => {
                let mut to = ask.place::<SyntoneHoldoverUpgrade>();
                named!(syntone_clock_holdover_upgrade_state(clock, ask.to(&raw mut to)))
            }
            4 => {
                let (list, count) = (ask.filled::<[SyntoneAcceptableMaster; 4]>(), usize::from(ask.octet() % 5));
                let list = ask.at(list.as_ptr());
                let outcome = named!(syntone_clock_set_acceptable_masters(clock, list, count, &raw mut error));
                told(&error, outcome)
            }
            5 => {
                let (index, mut to) = (ask.octet() & 3, ask.filled::<SyntoneAcceptableMaster>());
                named!(syntone_clock_acceptable_master(clock, index.into(), ask.to(&raw mut to)))
            }
            _ => {
                let (port, index, mut to) = (ask.octet() & 7, ask.octet() & 3, ask.place::<SyntoneAlternateMaster>());
                named!(syntone_clock_alternate_master(clock, port, index.into(), ask.to(&raw mut to)))
            }
        }
    }
}

/// # Safety
/// As [`call`].
unsafe fn attached(ask: &mut Ask<'_, '_>, which: u8) -> Outcome {
    let (clock, mut error) = (ask.clock, SyntoneConfigError { option: [0; 64], value: 0, minimum: 0, maximum: 0 });
    // SAFETY: as promised; all other pointers are to locals.
    unsafe {
        match which {
            7 => {
                let on_tlv = if ask.octet() < 250 { Some(on_tlv as _) } else { None };
                named!(syntone_clock_take_tlvs(clock, on_tlv, ask.here.cast()))
            }
            8 => {
                let tlvs = ask.octets();
                let octets = ask.at(tlvs.as_ptr());
                let outcome = named!(syntone_clock_announce_tlvs(clock, octets, tlvs.len(), &raw mut error));
                told(&error, outcome)
            }
            9 => {
                let (mut to, mut length) = (vec![0_u8; usize::from(ask.octet()) * 6], 0);
                let (octets, room) = (ask.to(to.as_mut_ptr()), to.len());
                let outcome = named!(syntone_clock_parent_tlvs(clock, octets, room, &raw mut length));
                assert_eq!(outcome.1 == SyntoneResult::StorageTooSmall, length > room);
                outcome
            }
            10 => {
                let (mut to, mut count) = (vec![0_u8; usize::from(ask.octet() & 7) * 8], 0);
                let (identities, room) = (ask.to(to.as_mut_ptr()), to.len() / 8);
                let outcome = named!(syntone_clock_path_trace(clock, identities, room, &raw mut count));
                assert_eq!(outcome.1 == SyntoneResult::StorageTooSmall, count > room);
                outcome
            }
            11 => {
                let mut from = ask.sized::<SyntoneAlternateTimescale>();
                if ask.octet() < 128 {
                    (from.display_name, from.time_of_next_jump) = ([0; 16], from.time_of_next_jump >> 16);
                }
                let from = ask.at(&raw const from);
                let outcome = named!(syntone_clock_set_alternate_timescale(clock, from, &raw mut error));
                told(&error, outcome)
            }
            12 => {
                let (index, mut to) = (ask.octet() & 3, ask.place::<SyntoneAlternateTimescale>());
                let outcome = named!(syntone_clock_alternate_timescale(clock, index.into(), ask.to(&raw mut to)));
                Ask::ends(&to.display_name);
                outcome
            }
            _ => {
                let from = ask.sized::<SyntoneAccuracyMetrics>();
                let set = named!(syntone_clock_set_accuracy_metrics(clock, ask.at(&raw const from)));
                if ask.octet() < 128 {
                    return set;
                }
                let mut to = ask.place::<SyntoneAccuracyMetrics>();
                named!(syntone_clock_accuracy_metrics(clock, ask.to(&raw mut to)))
            }
        }
    }
}

/// # Safety
/// As [`call`].
unsafe fn managed(ask: &mut Ask<'_, '_>, which: u8) -> Outcome {
    let clock = ask.clock;
    // SAFETY: as promised; all other pointers are to locals, or to storage that outlives the clock.
    unsafe {
        match which {
            14 => {
                let purpose = ask.octet() & 7;
                let (storage, size) = ask.lent(usize::from(purpose));
                named!(syntone_clock_lend(clock, purpose.into(), storage, size))
            }
            15 => {
                let from = description(ask);
                let (storage, size) = ask.lent(8);
                named!(syntone_clock_describe(clock, ask.at(&raw const from), storage, size))
            }
            16 => {
                let mut text = vec![0x55; usize::from(ask.octet() % 140)];
                let (to, size) = (ask.to(text.as_mut_ptr()), text.len());
                let outcome = named!(syntone_clock_user_description(clock, to, size));
                if outcome.1 == SyntoneResult::Ok && size > 0 {
                    Ask::ends(&text);
                }
                outcome
            }
            17 => {
                let (index, mut to) = (ask.octet() & 3, ask.filled::<SyntoneFault>());
                named!(syntone_clock_fault(clock, index.into(), ask.to(&raw mut to)))
            }
            18 => {
                let mut to = SYNTONE_HOST_NOTHING;
                let outcome = named!(syntone_clock_take_host_request(clock, ask.to(&raw mut to)));
                assert!(to <= SYNTONE_HOST_RESET);
                outcome
            }
            19 => {
                let (from, port) = (ask.sized::<SyntoneIntervalRequest>(), ask.octet() & 7);
                named!(syntone_clock_request_intervals(clock, port, ask.at(&raw const from)))
            }
            _ => {
                let mut from = ask.sized::<SyntoneAcceptedIntervals>();
                if ask.octet() < 128 {
                    (from.log_announce_interval_min, from.log_announce_interval_max) = (-1, 1);
                    (from.log_sync_interval_min, from.log_sync_interval_max) = (-3, 1);
                    (from.log_min_pdelay_req_interval_min, from.log_min_pdelay_req_interval_max) = (-3, 0);
                }
                let (port, from) = (ask.octet() & 7, ask.at(&raw const from));
                named!(syntone_clock_accept_interval_requests(clock, port, from, ptr::null_mut()))
            }
        }
    }
}

/// # Safety
/// As [`call`].
unsafe fn measured(ask: &mut Ask<'_, '_>, which: u8) -> Outcome {
    let (clock, number) = (ask.clock, u16::from(ask.octet() % 100));
    // SAFETY: as promised; all other pointers are to locals, or to storage that outlives the clock.
    unsafe {
        match which {
            21 => {
                let (storage, size) = ask.monitor();
                let passed = u64::from(number) * 863_999_000_000;
                named!(syntone_clock_measure_performance(clock, storage, size, passed))
            }
            22 => {
                let mut to = ask.place::<SyntonePerformance>();
                named!(syntone_clock_performance(clock, number, ask.to(&raw mut to)))
            }
            23 => {
                let (port, mut to) = (ask.octet() & 7, ask.place::<SyntonePortPerformance>());
                named!(syntone_clock_port_performance(clock, port, number, ask.to(&raw mut to)))
            }
            24 | 25 => {
                let mut to = ask.place::<SyntoneHistograms>();
                let outcome = named!(syntone_clock_histograms(clock, number, ask.to(&raw mut to)));
                assert!(outcome.1 != SyntoneResult::Ok || (1..=24).contains(&to.offset_from_master.buckets));
                outcome
            }
            26 => {
                let mut from = ask.sized::<SyntoneSlaveMonitoring>();
                if number < 80 {
                    let mut settings = ask.place::<SyntoneSlaveMonitoring>();
                    let _ = syntone_clock_slave_monitoring(clock, 0, &raw mut settings);
                    (settings.enable, settings.destination) = (from.enable & 7, from.destination & 3);
                    settings.address.kind = SYNTONE_ADDRESS_IPV4;
                    from = SyntoneSlaveMonitoring { struct_size: from.struct_size, ..settings };
                }
                let (port, from) = (ask.octet() & 7, ask.at(&raw const from));
                named!(syntone_clock_set_slave_monitoring(clock, port, from, ptr::null_mut()))
            }
            _ => {
                let (port, mut to) = (ask.octet() & 7, ask.place::<SyntoneSlaveMonitoring>());
                named!(syntone_clock_slave_monitoring(clock, port, ask.to(&raw mut to)))
            }
        }
    }
}
