//! What the images have in common: how they begin, what they run, and how they end.

#[cfg(feature = "sockets")]
mod beside;
#[cfg(feature = "master")]
mod leading;

#[cfg(feature = "sockets")]
pub use beside::follow_and_echo;
#[cfg(feature = "master")]
pub use leading::{lead, lead_and_follow, stand_between};

use crate::board::{self, Port, Registers};
use crate::console;
use crate::hal::Board;
use crate::lossy::Lossy;
use crate::trunk::Trunk;
use syntone::servo::{PiConfig, PiServo};
use syntone::wire::ClockIdentity;
use syntone::{Clock, ClockConfig, PortConfig, Runner};
use syntone_hal::{Hal, Instant, TimeInterval};
use syntone_smoltcp::Raw;

/// The longest message that is read whole: an Announce with a dozen hops of path trace.
const BUFFER: usize = 192;

/// Makes `$run` what the processor begins with; it comes back only if something is wrong with the board.
#[macro_export]
macro_rules! firmware {
    ($run:path) => {
        #[cortex_m_rt::entry]
        fn main() -> ! {
            let _ = $run();
            $crate::console::exit(false)
        }

        #[panic_handler]
        fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
            $crate::console::exit(false)
        }
    };
}

/// A board that can wait until something has happened.
pub trait Sleep {
    /// Waits for an interrupt or for the moment `until`.
    fn sleep_until(&mut self, until: Instant);
}

impl<T> Sleep for Port<T> {
    fn sleep_until(&mut self, until: Instant) {
        self.interface().sleep_until(until);
    }
}

impl<T> Sleep for Raw<Trunk<Board<'static, Registers>>, T> {
    fn sleep_until(&mut self, until: Instant) {
        self.interface().trunk().sleep_until(until);
    }
}

impl<H: Sleep> Sleep for Lossy<H> {
    fn sleep_until(&mut self, until: Instant) {
        self.hal().sleep_until(until);
    }
}

/// Announces come every second, Syncs and Delay_Reqs eight times a second.
fn port_config() -> PortConfig {
    PortConfig {
        log_announce_interval: 0,
        log_sync_interval: -3,
        log_min_delay_req_interval: -3,
        ..PortConfig::default()
    }
}

/// A grandmaster may come whose time is another one: what is more than the worst of software stamps is stepped away.
fn servo() -> Option<PiServo> {
    let step_threshold = TimeInterval::from_nanos(100_000_000);
    PiServo::new(PiConfig { step_threshold, ..PiConfig::default() }).ok()
}

/// Follows a master, for ever. `None` if the settings are wrong.
pub fn follow(mut board: impl Hal + Sleep) -> Option<()> {
    let config = ClockConfig::slave_only(ClockIdentity::from_mac48(board::STATION));
    let mut clock = Clock::new(&config, &[port_config()], servo()?).ok()?;
    run(&mut clock, &mut board)
}

/// The loop, which says what happens and once a second how it goes.
fn run<const PORTS: usize>(clock: &mut Clock<PORTS>, board: &mut (impl Hal + Sleep)) -> ! {
    let mut runner: Runner<BUFFER> = Runner::new();
    let mut watch = console::Watch::default();
    loop {
        let wait = runner.turn(clock, board, &mut console::tell);
        watch.look(clock, board);
        board.sleep_until(wait.until);
    }
}
