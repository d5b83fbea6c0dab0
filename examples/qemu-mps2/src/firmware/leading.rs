//! Images that can be master.

use super::{BUFFER, port_config, run, servo};
use crate::board;
use crate::console;
use crate::soft_clock::SoftClock;
use crate::trunk::Trunk;
use syntone::wire::ClockIdentity;
use syntone::{Clock, ClockConfig, Runner};
use syntone_hal::{ClockHal, FrequencyOffset, Instant, Timestamp};
use syntone_smoltcp::{Ethernet, Raw, Transport};

/// The station address of the grandmaster.
const GRANDMASTER: [u8; 6] = [0x02, 0x00, 0x00, 0x00, 0x38, 0x61];
/// The station address of the boundary clock.
const BOUNDARY: [u8; 6] = [0x02, 0x00, 0x00, 0x00, 0x38, 0x62];

/// Is grandmaster of what is on the cable, for ever, unless there is somebody better. Its time begins at 1 000 000 s.
/// `None` if the controller does not answer or the settings are wrong.
pub fn lead<T: Transport>(transport: T) -> Option<()> {
    let time = SoftClock::new(Timestamp::from_nanos(1_000_000_000_000_000), FrequencyOffset::ZERO);
    let mut board = board::start_as(GRANDMASTER, time, transport)?;
    let config = ClockConfig { priority1: 50, ..ClockConfig::new(ClockIdentity::from_mac48(GRANDMASTER)) };
    let mut clock = Clock::new(&config, &[port_config()], servo()?).ok()?;
    run(&mut clock, &mut board)
}

/// A boundary clock of two ports, for ever. The controller has one, which is the trunk of a switch: VLAN 1 is the first port, VLAN 2 the
/// second. `None` if the controller does not answer or the settings are wrong.
pub fn stand_between() -> Option<()> {
    let board = board::open(BOUNDARY, board::wrong_clock())?;
    let mut board = Raw::new(Trunk::new(board), Ethernet);
    let config = ClockConfig::new(ClockIdentity::from_mac48(BOUNDARY));
    let mut clock = Clock::new(&config, &[port_config(), port_config()], servo()?).ok()?;
    run(&mut clock, &mut board)
}

/// A grandmaster and a slave on one looped board, for `seconds`; `None` if the controller does not answer or the settings are wrong.
pub fn lead_and_follow(seconds: u64) -> Option<()> {
    let cable = board::looped()?;
    let time = SoftClock::new(Timestamp::from_nanos(1_000_000_000_000_000), FrequencyOffset::ZERO);
    let mut ports =
        [Raw::new(cable.station(0, time), Ethernet), Raw::new(cable.station(1, board::wrong_clock()), Ethernet)];
    let [master_port, slave_port] = &mut ports;
    let config = ClockConfig::new(ClockIdentity::from_mac48(GRANDMASTER));
    let mut master: Clock = Clock::new(&config, &[port_config()], servo()?).ok()?;
    let config = ClockConfig::slave_only(ClockIdentity::from_mac48(board::STATION));
    let mut slave: Clock = Clock::new(&config, &[port_config()], servo()?).ok()?;
    let mut runners = [Runner::<BUFFER>::new(), Runner::new()];
    let [lead, follow] = &mut runners;
    let mut next_line = Instant::from_nanos(0);
    loop {
        let until = lead.turn(&mut master, master_port, &mut |_| {}).until;
        let syncs = slave.syncs();
        let until =
            until.min(follow.turn(&mut slave, slave_port, &mut |event| console::tell_after(syncs, event)).until);
        let now = slave_port.monotonic();
        if now >= next_line {
            next_line = now.plus_nanos(1_000_000_000);
            console::report(now, &slave);
        }
        if now.nanos() > seconds.wrapping_mul(1_000_000_000) {
            return Some(());
        }
        cable.spin_until(until);
    }
}
