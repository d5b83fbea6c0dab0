//! Images that can be master.

use super::{port_config, run, servo};
use crate::board;
use crate::soft_clock::SoftClock;
use syntone::wire::ClockIdentity;
use syntone::{Clock, ClockConfig};
use syntone_hal::{FrequencyOffset, Timestamp};
use syntone_smoltcp::Transport;

/// The station address of the grandmaster.
const STATION: [u8; 6] = [0x02, 0x00, 0x00, 0x00, 0x38, 0x61];

/// Is grandmaster of what is on the cable, for ever, unless there is somebody better. Its time begins at 1 000 000 s.
/// `None` if the controller does not answer or the settings are wrong.
pub fn lead<T: Transport>(transport: T) -> Option<()> {
    let time = SoftClock::new(Timestamp::from_nanos(1_000_000_000_000_000), FrequencyOffset::ZERO);
    let mut board = board::start_as(STATION, time, transport)?;
    let config = ClockConfig { priority1: 50, ..ClockConfig::new(ClockIdentity::from_mac48(STATION)) };
    let mut clock = Clock::new(&config, &[port_config()], servo()?).ok()?;
    run(&mut clock, &mut board)
}
