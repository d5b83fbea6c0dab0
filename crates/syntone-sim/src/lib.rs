//! Deterministic network of PTP clocks in virtual time.
//!
//! A [`World`] is made of nodes (a [`Board`] and what runs on it), [`Link`]s and switches. Time is an integer and goes on
//! from event to event; all chance comes from one seed, by a generator and distributions of our own ([`Rng`]). The same
//! seed gives the same bits on every platform.
//!
//! ```
//! use syntone::wire::ClockIdentity;
//! use syntone::{Clock, ClockConfig, PortConfig, servo::{PiConfig, PiServo}};
//! use syntone_sim::{Board, Link, Oscillator, Stamper, World, ms, ns, secs, us};
//!
//! let clock = |config: ClockConfig| {
//!     move || -> Clock { Clock::new(&config, &[PortConfig::default()], PiServo::new(PiConfig::default()).unwrap()).unwrap() }
//! };
//! let mut world = World::new(1);
//! let noisy = Board::new().stamper(Stamper::hardware().noise(ns(8)));
//! let wrong = noisy.clone().ahead(ms(1)).oscillator(Oscillator::ideal().ppm(20.0).wander(1.0));
//! let master = world.add_clock("master", &noisy, clock(ClockConfig::new(ClockIdentity(1))));
//! let slave = world.add_clock("slave", &wrong, clock(ClockConfig::slave_only(ClockIdentity(2))));
//! world.link(master, slave, Link::new(us(3)));
//! let offsets = world.record_at_sync(slave, master);
//! world.run_for(secs(120));
//! let figures = world.series(offsets).since(secs(60));
//! assert!(figures.rms() < 20.0 && figures.max() < 60.0);
//! ```
//!
//! What happens by schedule is a closure given to [`World::at`]: any method of the world may be called there.
#![forbid(unsafe_code)]

mod board;
mod clock;
mod delay;
mod digest;
mod engine;
mod faults;
mod frame;
mod hal;
mod link;
mod node;
mod oscillator;
mod ptp;
mod queue;
mod recorder;
mod rng;
mod stamper;
mod statistics;
mod time;
mod transparent;
mod world;

pub use board::Board;
pub use delay::Delay;
pub use frame::{Frame, Passage, Way};
pub use hal::{Adjustment, Change, MAX_MESSAGE, Refusals, SimHal};
pub use link::{Fate, Link};
pub use node::{NodeId, Participant};
pub use oscillator::Oscillator;
pub use ptp::PtpClock;
pub use recorder::RecordId;
pub use rng::{Rng, Stream};
pub use stamper::Stamper;
pub use statistics::{Series, Statistics, median};
pub use time::{SimTime, Span, ms, ns, ps, secs, us};
pub use transparent::ThroughClock;
pub use world::{EPOCH, LinkId, Plug, SwitchId, World};
