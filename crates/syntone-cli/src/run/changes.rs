//! What of an ordinary or boundary clock changes while it runs.

use super::clock;
use super::engine::{Engine, Running, is_ptp_timescale};
use super::holdover;
use super::intervals;
use super::lent;
use super::power;
use super::settings::Settings;
use syntone_hal::{Instant, PortIndex};

/// Changes one option; `false`: it needs a new start.
///
/// # Errors
/// A text, where the value cannot be.
pub(super) fn change<const PORTS: usize>(
    running: &mut Running<PORTS>,
    name: &str,
    settings: &Settings,
) -> Result<bool, String> {
    let now = running.hal.monotonic();
    let config = clock::clock_config(settings, clock::NO_ADDRESS, is_ptp_timescale(running.hal.clock()))?;
    let clock = &mut running.clock;
    match name {
        "priority1" => clock.set_priority1(now, config.priority1),
        "priority2" => clock.set_priority2(now, config.priority2),
        "domainNumber" => clock.set_domain_number(now, config.domain_number),
        "clockClass" | "clockAccuracy" | "offsetScaledLogVariance" => {
            clock.set_clock_quality(now, config.clock_quality).map_err(|error| error.to_string())?;
        }
        "holdover_upgrade" | "holdover_specification" | "holdover_accuracy" | "holdover_alternative" => {
            holdover::set(clock, now, settings)?;
        }
        "acceptable_masters" => running.accept_masters(now, settings)?,
        "utc_offset" | "timeSource" => {
            clock.set_time_properties(now, config.time_properties).map_err(|error| error.to_string())?;
        }
        "productDescription" | "revisionData" | "manufacturerIdentity" | "profileIdentity" => {
            clock.set_description(clock::Texts::new(settings)?.into_description(&running.hal));
        }
        "userDescription" => {
            clock.set_description(clock::Texts::new(settings)?.into_description(&running.hal));
            lent::rename(running, &settings.text(name, None));
        }
        "msg_interval_request" => intervals::accept(running, settings),
        _ if name.starts_with("power_profile.") => running.set_power_profile(power::settings(settings)),
        _ => return change_ports(running, now, name, settings),
    }
    Ok(true)
}

fn change_ports<const PORTS: usize>(
    running: &mut Running<PORTS>,
    now: Instant,
    name: &str,
    settings: &Settings,
) -> Result<bool, String> {
    let clock = &mut running.clock;
    for (index, interface) in (0..).map(PortIndex).zip(&settings.interfaces) {
        let port = clock::port_config(settings, interface);
        let changed = match name {
            "logAnnounceInterval" => clock.set_log_announce_interval(now, index, port.log_announce_interval),
            "logSyncInterval" => clock.set_log_sync_interval(now, index, port.log_sync_interval),
            "announceReceiptTimeout" => clock.set_announce_receipt_timeout(index, port.announce_receipt_timeout),
            "logMinPdelayReqInterval" => {
                clock.set_log_min_pdelay_req_interval(now, index, port.log_min_pdelay_req_interval)
            }
            "delayAsymmetry" | "ingressLatency" | "egressLatency" => {
                clock.set_corrections(index, port.delay_asymmetry, port.ingress_latency, port.egress_latency)
            }
            "serverOnly" | "masterOnly" => clock.set_master_only(now, index, port.master_only),
            "network_management" => {
                clock.set_management_access(index, clock::access(settings, interface));
                Ok(())
            }
            _ => return Ok(false),
        };
        changed.map_err(|error| format!("[{interface}] {error}"))?;
    }
    Ok(true)
}
