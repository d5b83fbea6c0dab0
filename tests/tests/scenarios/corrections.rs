//! Asymmetry and latencies that are known are corrected exactly.

use crate::setup::{add, figure, grandmaster, identity};
use syntone::hal::TimeInterval;
use syntone::{ClockConfig, PortConfig};
use syntone_sim::{Board, Link, Oscillator, Span, Stamper, World, ms, ns, ps, secs, us};

/// No noise anywhere, so that what is left is the correction's own error.
const FINE: Stamper = Stamper::hardware().resolution(ps(0));

/// The mean offset and the mean path delay, in ns, of a slave with these settings behind this link.
fn offset_and_delay(link: Link, stampers: [Stamper; 2], ports: [&PortConfig; 2]) -> (f64, f64) {
    let mut world = World::new(1);
    let right = Board::new().stamper(stampers[0]);
    let wrong = Board::new().stamper(stampers[1]).ahead(ms(1)).oscillator(Oscillator::ideal().ppm(20.0));
    let master = add::<1>(&mut world, "master", &right, &grandmaster(1), ports[0]);
    let slave = add::<1>(&mut world, "slave", &wrong, &ClockConfig::slave_only(identity(2)), ports[1]);
    world.link(master, slave, link);
    let record = world.record(slave, master, ms(100));
    world.run_for(secs(200));
    let delay = world.clock(slave).current_ds().mean_delay.scaled() as f64 / 65_536.0;
    (world.series(record).since(secs(100)).mean(), delay)
}

fn wire(span: Span) -> TimeInterval {
    TimeInterval::from_scaled(span.picos() * 65_536 / 1_000)
}

fn check(name: &str, (offset, delay): (f64, f64), expected_offset: f64, expected_delay: f64) {
    figure(&format!("offset, {name}"), offset, "ns", &format!("expected {expected_offset}, limit 0.1"));
    figure(&format!("path delay, {name}"), delay, "ns", &format!("expected {expected_delay}, limit 0.1"));
    assert!((offset - expected_offset).abs() < 0.1 && (delay - expected_delay).abs() < 0.1, "{name}");
}

#[test]
fn delay_asymmetry_is_added_on_the_way_from_the_master() {
    let port = PortConfig::default();
    // 3.5 µs from the master, 1.25 µs to it: the mean is 2.375 µs, the asymmetry 1.125 µs (IEEE 1588-2019 7.4.2).
    let link = Link::new(ns(3_500)).backward(ns(1_250));
    check("asymmetric path, not told", offset_and_delay(link, [FINE; 2], [&port, &port]), -1_125.0, 2_375.0);
    let told = PortConfig { delay_asymmetry: wire(ns(1_125)), ..port.clone() };
    check("asymmetric path, told", offset_and_delay(link, [FINE; 2], [&port, &told]), 0.0, 2_375.0);
}

#[test]
fn latencies_move_the_stamps_to_the_medium() {
    let port = PortConfig::default();
    let latent = [FINE.latencies(ns(300), ns(100)), FINE.latencies(ns(700), ns(250))];
    let link = Link::new(us(1));
    // From the master 100 + 1000 + 700, to it 250 + 1000 + 300: the mean is 1675, the slave is behind by 125.
    check("latencies, not told", offset_and_delay(link, latent, [&port, &port]), -125.0, 1_675.0);
    let settings = [(300, 100), (700, 250)].map(|(ingress, egress)| PortConfig {
        ingress_latency: wire(ns(ingress)),
        egress_latency: wire(ns(egress)),
        ..port.clone()
    });
    check("latencies, from the settings", offset_and_delay(link, latent, settings.each_ref()), 0.0, 1_000.0);
    let advertised = latent.map(Stamper::advertises_latencies);
    check("latencies, from the driver", offset_and_delay(link, advertised, [&port, &port]), 0.0, 1_000.0);
}
