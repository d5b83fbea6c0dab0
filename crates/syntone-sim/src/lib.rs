//! Deterministic network of PTP clocks in virtual time.
//!
//! A [`World`] is made of nodes (a [`Board`] and what runs on it), [`Link`]s and switches. Time is an integer and goes on
//! from event to event; all chance comes from one seed, by a generator and distributions of our own ([`Rng`]). The same
//! seed gives the same bits on every platform.
//!
//! ```
//! use syntone_sim::{Board, Link, Oscillator, World, ms, secs, us};
//!
//! let mut world = World::new(1);
//! let nothing = |_: &mut syntone_sim::SimHal| None;
//! let right = world.add_raw("right", &Board::new(), nothing);
//! let wrong = world.add_raw("wrong", &Board::new().oscillator(Oscillator::ideal().ppm(20.0)).ahead(ms(1)), nothing);
//! world.link(right, wrong, Link::new(us(1)));
//! world.run_for(secs(10));
//! assert_eq!(world.offset(wrong, right), ms(1) + us(200));
//! ```
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
pub use world::{EPOCH, LinkId, Plug, SwitchId, World};
