//! What is known of the errors of the time, from the grandmaster over boundary clocks to a slave.

use crate::tlvs::{add, newest, tlv};
use syntone::Clock;
use syntone::counters::Discard;
use syntone::hal::TimeInterval;
use syntone::wire::layout::Float64;
use syntone::wire::tlvs::{EnhancedAccuracyMetrics, TlvValue};
use syntone_sim::{Link, NodeId, Way, World, secs, us};

/// Errors that are different for each clock and each cause; those of a variance have an exact sum.
fn metrics(number: i64) -> EnhancedAccuracyMetrics {
    let max = |cause: i64| TimeInterval::from_nanos(number * 100 + cause);
    let var = |cause: i64| Float64((number as f64 * 8.0 + cause as f64 / 16.0).to_bits());
    EnhancedAccuracyMetrics {
        // Which does not matter.
        bc_hop_count: 77,
        tc_hop_count: 66,
        max_gm_inaccuracy: max(1),
        var_gm_inaccuracy: var(1),
        max_transient_inaccuracy: max(2),
        var_transient_inaccuracy: var(2),
        max_dynamic_inaccuracy: max(3),
        var_dynamic_inaccuracy: var(3),
        max_static_instance_inaccuracy: max(4),
        var_static_instance_inaccuracy: var(4),
        max_static_medium_inaccuracy: max(5),
        var_static_medium_inaccuracy: var(5),
    }
}

/// Those of clocks 1 to `last`, of which the first is the grandmaster.
fn up_to(last: i64) -> EnhancedAccuracyMetrics {
    let max = |cause: i64| TimeInterval::from_nanos((1..=last).map(|number| number * 100 + cause).sum());
    let var =
        |cause: i64| Float64((1..=last).map(|number| number as f64 * 8.0 + cause as f64 / 16.0).sum::<f64>().to_bits());
    EnhancedAccuracyMetrics {
        bc_hop_count: u8::try_from(last - 1).expect("few"),
        tc_hop_count: 0,
        max_gm_inaccuracy: TimeInterval::from_nanos(101),
        var_gm_inaccuracy: Float64((8.0 + 1.0 / 16.0_f64).to_bits()),
        max_transient_inaccuracy: max(2),
        var_transient_inaccuracy: var(2),
        max_dynamic_inaccuracy: max(3),
        var_dynamic_inaccuracy: var(3),
        max_static_instance_inaccuracy: max(4),
        var_static_instance_inaccuracy: var(4),
        max_static_medium_inaccuracy: max(5),
        var_static_medium_inaccuracy: var(5),
    }
}

fn octets(metrics: &EnhancedAccuracyMetrics) -> Vec<u8> {
    let mut octets = vec![0; 88];
    assert_eq!(metrics.emit_tlv(&mut octets), Ok(88));
    octets
}

fn chain(clocks: &[NodeId], world: &mut World) {
    for pair in clocks.windows(2) {
        world.link((pair[0], 1), (pair[1], 0), Link::new(us(1)));
    }
    world.tap();
}

fn telling(number: i64) -> impl Fn(&mut Clock<2>) {
    move |clock| clock.set_accuracy_metrics(Some(metrics(number)))
}

/// IEEE 1588-2019 16.12
#[test]
fn each_boundary_clock_adds_its_errors_to_those_before_it() {
    let mut world = World::new(1);
    let mut clocks: Vec<NodeId> =
        (1..=4).map(|number| add::<2>(&mut world, number, 128, telling(number.into()))).collect();
    // This one hands on what it hears, as it is; the next one is a slave and knows its own.
    clocks.push(add::<2>(&mut world, 5, 128, |_| {}));
    clocks.push(add::<2>(&mut world, 6, 128, telling(5)));
    chain(&clocks, &mut world);
    world.run_for(secs(60));
    for (index, clock) in clocks.iter().enumerate() {
        let (known, name) = (world.clock(*clock).accuracy_metrics(), world.name(*clock).to_owned());
        let expected = match index {
            4 => up_to(4),
            5 => up_to(5),
            _ => up_to(index as i64 + 1),
        };
        assert_eq!(known, Some(expected), "{name}");
        if index < 5 {
            assert_eq!(newest(&world, *clock, 1, Way::Out), octets(&expected), "{name}");
        }
    }
}

/// IEEE 1588-2019 16.12
#[test]
fn what_is_not_known_is_not_announced() {
    let mut world = World::new(1);
    // The grandmaster says nothing, or something that cannot be read.
    for said in [None, Some(tlv(0x4001, &[1; 82]))] {
        let head = crate::tlvs::add_announcer(&mut world, move |_| said.clone().unwrap_or_default());
        let clocks = [10, 11].map(|number| add::<2>(&mut world, number, 128, telling(number.into())));
        world.link(head, (clocks[0], 0), Link::new(us(1)));
        world.link((clocks[0], 1), (clocks[1], 0), Link::new(us(1)));
        world.tap();
        world.run_for(secs(30));
        assert!(newest(&world, clocks[0], 1, Way::Out).is_empty());
        assert_eq!(clocks.map(|clock| world.clock(clock).accuracy_metrics()), [None, None]);
        assert_eq!(world.counters(clocks[0], 0).discarded(Discard::TlvOmitted), 0);
    }
}

/// IEEE 1588-2019 16.12
#[test]
fn sums_stop_at_the_largest_value_which_means_unknown() {
    let mut world = World::new(1);
    let largest = EnhancedAccuracyMetrics {
        max_dynamic_inaccuracy: TimeInterval::from_scaled(i64::MAX - 5),
        var_dynamic_inaccuracy: Float64(f64::MAX.to_bits()),
        ..EnhancedAccuracyMetrics::default()
    };
    let clocks: Vec<NodeId> = (1..=2)
        .map(|number| add::<2>(&mut world, number, 128, move |clock| clock.set_accuracy_metrics(Some(largest))))
        .collect();
    chain(&clocks, &mut world);
    world.run_for(secs(30));
    let known = world.clock(clocks[1]).accuracy_metrics().expect("metrics");
    assert_eq!(known.max_dynamic_inaccuracy, TimeInterval::from_scaled(i64::MAX));
    assert_eq!(known.var_dynamic_inaccuracy, Float64(f64::INFINITY.to_bits()));
    assert_eq!(known.max_transient_inaccuracy, TimeInterval::ZERO);
}
