//! How well a slave follows, and how well it holds what it learned.

use crate::setup::{add, figure, grandmaster, identity, intervals};
use syntone::ClockConfig;
use syntone::servo::LockState;
use syntone_sim::{Board, Delay, Link, NodeId, Oscillator, Span, Stamper, Statistics, World, ms, ns, secs, us};

/// Wander of the slave's oscillator in ppb/√s.
const WANDER: f64 = 1.0;

/// A grandmaster that is right and a slave that wanders, their stamps with so much noise.
fn pair(seed: u64, master_noise: Span, slave_noise: Span, log_sync: i8) -> (World, NodeId, NodeId) {
    let mut world = World::new(seed);
    let right = Board::new().stamper(Stamper::hardware().noise(master_noise));
    let oscillator = Oscillator::ideal().ppm(20.0).wander(WANDER);
    let wandering = Board::new().stamper(Stamper::hardware().noise(slave_noise)).ahead(ms(1)).oscillator(oscillator);
    let port = intervals(log_sync, log_sync);
    let master = add::<1>(&mut world, "master", &right, &grandmaster(1), &port);
    let slave = add::<1>(&mut world, "slave", &wandering, &ClockConfig::slave_only(identity(2)), &port);
    world.link(master, slave, Link::new(us(1)));
    (world, master, slave)
}

/// What is left uncertain in the steady state of the best possible estimator, the Kalman filter of phase and frequency.
struct KalmanBound {
    /// Of the phase at a Sync, before that Sync is used, in ns rms: no servo that sees only the Syncs can bring the offset
    /// at Sync below it. The delay exchanges measure the offset too, from the other side, so that a servo which subtracts
    /// a fresh path delay can be better by a percent.
    phase: f64,
    /// Of the frequency after a Sync, in ppb rms.
    frequency: f64,
}

/// Iterates the Riccati equation. `noise` in ns, `wander` in ppb/√s, `interval` in s.
fn kalman_bound(noise: f64, wander: f64, interval: f64) -> KalmanBound {
    let (t, q, r) = (interval, wander * wander, noise * noise);
    let (mut a, mut b, mut c, mut frequency) = (1e6, 0.0, 1e6, 0.0);
    for _ in 0..100_000 {
        // The covariance [a b; b c] of phase and frequency before a Sync: first that Sync, then one interval.
        let gain = 1.0 / (a + r);
        let (a1, b1, c1) = (a - a * a * gain, b - a * b * gain, c - b * b * gain);
        a = a1 + 2.0 * t * b1 + t * t * c1 + q * t * t * t / 3.0;
        b = b1 + t * c1 + q * t * t / 2.0;
        c = c1 + q * t;
        frequency = c1;
    }
    KalmanBound { phase: a.sqrt(), frequency: frequency.sqrt() }
}

/// The true offset at the Syncs of 20 seeds, each from its second minute on for so long.
fn at_syncs(master_noise: Span, slave_noise: Span, log_sync: i8, minutes: i64) -> Statistics {
    let mut offsets = Vec::new();
    for seed in 1..=20 {
        let (mut world, master, slave) = pair(seed, master_noise, slave_noise, log_sync);
        world.run_for(secs(120));
        let record = world.record_at_sync(slave, master);
        world.run_for(secs(60 * minutes));
        offsets.extend(world.series(record).samples().iter().map(|(_, offset)| *offset));
    }
    Statistics::of(offsets)
}

#[test]
fn the_offset_at_sync_is_near_the_kalman_bound() {
    let both = 8.0 * core::f64::consts::SQRT_2;
    for (whose, master_noise, noise) in [("the slave's", ns(0), 8.0), ("both ends'", ns(8), both)] {
        for (log_sync, minutes, limit) in [(0, 30, Some(9.0)), (-3, 5, None), (-4, 3, None)] {
            let figures = at_syncs(master_noise, ns(8), log_sync, minutes);
            let bound = kalman_bound(noise, WANDER, f64::from(log_sync).exp2()).phase;
            let name = format!("rms at Sync, {} Sync/s, 8 ns noise of {whose} stamps", 1 << -log_sync);
            let (p99, max) = (figures.percentile(99.0), figures.max());
            let limit_text = limit.map_or("no limit".to_owned(), |limit: f64| format!("limit {limit} ns"));
            figure(
                &name,
                figures.rms(),
                "ns",
                &format!("{limit_text}; Kalman bound {bound:.2}, p99 {p99:.1}, max {max:.1}"),
            );
            assert!(limit.is_none_or(|limit| figures.rms() <= limit), "{name}");
        }
    }
}

#[test]
fn queues_of_plain_switches_leave_a_lock() {
    let mut world = World::new(1);
    let noisy = Board::new().stamper(Stamper::hardware().noise(ns(8)));
    let wandering = noisy.clone().ahead(ms(1)).oscillator(Oscillator::ideal().ppm(20.0).wander(WANDER));
    let port = intervals(-3, 0);
    let master = add::<1>(&mut world, "master", &noisy, &grandmaster(1), &port);
    let slave = add::<1>(&mut world, "slave", &wandering, &ClockConfig::slave_only(identity(2)), &port);
    // Three switches, each holding a message for 2 µs and now and then longer.
    let switches: Vec<_> = (0..3).map(|_| world.switch(Delay::Exponential(us(2), ns(200)))).collect();
    world.link(master, switches[0], Link::new(us(1)));
    world.link(switches[0], switches[1], Link::new(us(1)));
    world.link(switches[1], switches[2], Link::new(us(1)));
    world.link(switches[2], slave, Link::new(us(1)));
    world.run_for(secs(60));
    assert_eq!(world.clock(slave).lock_state(), LockState::Locked);
    let (record, changes) = (world.record_at_sync(slave, master), world.events(slave).len());
    world.run_for(secs(600));
    let figures = world.series(record).since(secs(60));
    // Each way adds √3 · 200 ns of noise to every measurement; a servo that is tuned for 8 ns lets about half of it pass.
    let limit = 3_f64.sqrt() * 200.0;
    figure("rms at Sync, 8 Sync/s, behind 3 plain switches", figures.rms(), "ns", &format!("limit {limit:.0}"));
    assert!(figures.rms() < limit);
    assert_eq!(world.events(slave).len(), changes);
}

#[test]
fn the_kalman_bound_has_the_closed_forms_of_the_continuous_filter() {
    // For short intervals the filter is the continuous one, whose steady covariance is known: with the spectral density
    // R = r T of the noise, phase √2 R^(3/4) q^(1/4) and frequency √2 R^(1/4) q^(3/4).
    let (t, r, q): (f64, f64, f64) = (1e-3, 64.0, 1.0);
    let bound = kalman_bound(r.sqrt(), q.sqrt(), t);
    let phase = (2_f64.sqrt() * (r * t).powf(0.75) * q.powf(0.25)).sqrt();
    let frequency = (2_f64.sqrt() * (r * t).powf(0.25) * q.powf(0.75)).sqrt();
    assert!((bound.phase / phase - 1.0).abs() < 0.02 && (bound.frequency / frequency - 1.0).abs() < 0.02);
}

#[test]
fn a_lost_master_leaves_only_the_error_of_the_oscillator() {
    // What was known when the master fell silent, three sigma of it.
    let known = kalman_bound(8.0 * core::f64::consts::SQRT_2, WANDER, 1.0);
    let limit = 3.0 * known.frequency * 60.0 + 3.0 * known.phase;
    let mut left = Vec::new();
    for seed in 1..=20 {
        let (mut world, master, slave) = pair(seed, ns(8), ns(8), 0);
        world.run_for(secs(300));
        world.stop(master);
        let (frequency, gain) = (world.oscillator_error(slave), world.oscillator_gain(slave));
        world.run_for(secs(60));
        assert_eq!(world.clock(slave).lock_state(), LockState::Holdover, "seed {seed}");
        // What the oscillator gained by changing its frequency since.
        let wandered = world.oscillator_gain(slave) - gain - 60.0 * frequency;
        left.push(world.offset(slave, master).nanos() - wandered);
    }
    let worst = left.iter().fold(0.0, |worst: f64, left| worst.max(left.abs()));
    let rms = (left.iter().map(|left| left * left).sum::<f64>() / left.len() as f64).sqrt();
    let sigma = known.frequency * 60.0;
    let figures = format!("limit {limit:.0} = 3 sigma; rms of 20 seeds {rms:.0}, estimate's sigma {sigma:.0}");
    figure("error 60 s after the master was lost, less the oscillator's own, worst of 20 seeds", worst, "ns", &figures);
    assert!(worst <= limit);
}
