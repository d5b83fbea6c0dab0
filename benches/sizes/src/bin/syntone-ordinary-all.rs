//! An ordinary clock that may be master or slave and knows both delay mechanisms, over Ethernet, UDP/IPv4 or UDP/IPv6, made of
//! Syntone.
#![no_std]
#![no_main]

use core::hint::black_box;
use qemu_mps2::board;
use syntone::datasets::DelayMechanism;
use syntone::servo::{PiConfig, PiServo};
use syntone::wire::ClockIdentity;
use syntone::{Clock, ClockConfig, PortConfig, Runner};
use syntone_smoltcp::{Either, Ethernet, Ipv4, Ipv6};

syntone_sizes::entry!(run);

type Transport = Either<Ethernet, Either<Ipv4, Ipv6>>;

fn run() -> Option<()> {
    let mut board = board::start(transport())?;
    let mut clock = build();
    // In its place: to take it out of the option would move it.
    let clock = clock.as_mut()?;
    let mut runner: Runner<192> = Runner::new();
    loop {
        let wait = runner.turn(clock, &mut board, &mut |_| {});
        board.interface().sleep_until(wait.until);
    }
}

/// The compiler is not to know which one it will be.
fn transport() -> Transport {
    match black_box(0) {
        0 => Either::First(Ethernet),
        1 => Either::Second(Either::First(Ipv4::new([[192, 0, 2, 1]]))),
        _ => Either::Second(Either::Second(Ipv6::new([board::STATION]))),
    }
}

/// In a function of its own, so that what only the construction needs is gone from the stack afterwards.
#[inline(never)]
fn build() -> Option<Clock> {
    let servo = PiServo::new(PiConfig::default()).ok()?;
    let config = ClockConfig::new(ClockIdentity::from_mac48(board::STATION));
    // The compiler is not to know which mechanism it will be.
    let delay_mechanism = black_box(DelayMechanism::PeerToPeer);
    Clock::new(&config, &[PortConfig { delay_mechanism, ..PortConfig::default() }], servo).ok()
}
