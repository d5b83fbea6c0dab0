//! What a clock is lent for the life of the process, so that management can set and read all that it knows: the clock is never put away.

use super::clock;
use super::engine::Engine;
use super::host::Host;
use super::power;
use super::settings::Settings;
use super::subscriptions::Subscriptions;
use syntone::attached::AlternateTimescale;
use syntone::bmca::AcceptableMaster;
use syntone::management::{Access, Addressee, Request};
use syntone::servo::Servo;
use syntone::wire::layout::PtpText;
use syntone::wire::management::UserDescription;
use syntone::wire::{ClockIdentity, ManagementAction, ManagementData, ManagementId, PortIdentity};
use syntone::{Clock, TransparentClock};
use syntone_hal::Instant;

/// As many as linuxptp has.
const ALTERNATE_TIMESCALES: usize = 4;
/// Faults that are remembered; the newest takes the place of the oldest.
const FAULTS: usize = 32;
/// Octets of the longest userDescription (IEEE 1588-2019 8.2.5.4).
const USER_DESCRIPTION: usize = 128;
/// Octets for the answers of other clocks between two looks.
const RELAYED: usize = 8192;
/// Octets of whatever rides on an Announce and is handed on.
const ANNOUNCE_TLVS: usize = 1376;

/// To an ordinary or boundary clock.
pub(crate) fn lend<const PORTS: usize, S: Servo>(clock: &mut Clock<PORTS, S>, now: Instant, settings: &Settings) {
    clock.keep_relayed_answers(for_life([0; RELAYED]));
    clock.keep_announce_tlvs(for_life([0; ANNOUNCE_TLVS]));
    clock.keep_announced_tlvs(for_life([0; power::LONGEST]));
    clock.keep_alternate_timescales(for_life([AlternateTimescale::default(); ALTERNATE_TIMESCALES]));
    clock.keep_acceptable_masters(now, for_life([AcceptableMaster::default(); clock::MOST_ACCEPTABLE]));
    clock.keep_fault_log(for_life([None; FAULTS]));
    clock.lend_user_description(for_life([0; USER_DESCRIPTION]));
    // What another clock says of the time would undo it.
    if !settings.flag("free_running", None) && settings.text("system_clock", None) != "lead" {
        clock.allow_setting_time();
    }
}

/// To a transparent clock.
pub(crate) fn lend_transparent<const PORTS: usize>(clock: &mut TransparentClock<PORTS>) {
    clock.keep_relayed_answers(for_life([0; RELAYED]));
    clock.keep_fault_log(for_life([None; FAULTS]));
    clock.lend_user_description(for_life([0; USER_DESCRIPTION]));
}

fn for_life<T>(storage: T) -> &'static mut T {
    Box::leak(Box::new(storage))
}

/// Sets the owner's words in what was lent.
pub(crate) fn rename(engine: &mut dyn Engine, user_description: &str) {
    let mut subscriptions = Subscriptions::default();
    let host = &mut Host::silent(&mut subscriptions);
    if let Some(request) = renaming(user_description) {
        // It is answered to nobody.
        let _ = engine.manage(Access::ReadWrite, &request, host, &mut |_| ());
    }
}

fn renaming(user_description: &str) -> Option<Vec<u8>> {
    let told = UserDescription { user_description: PtpText(user_description.as_bytes()) };
    let request = Request {
        addressee: Addressee::EVERYBODY,
        source_port_identity: PortIdentity::new(ClockIdentity(0), 0),
        sequence_id: 0,
        action: ManagementAction::SET,
        management_id: ManagementId::USER_DESCRIPTION,
        data: Some(ManagementData::UserDescription(told)),
    };
    let mut octets = vec![0; 256];
    let length = request.emit(&mut octets).ok()?;
    octets.truncate(length);
    Some(octets)
}
