//! Grandmasters that lose their reference: who serves, and what a slave sees of it.

use crate::setup::{add, figure, identity, wandering};
use core::time::Duration;
use syntone::datasets::TimePropertiesDs;
use syntone::event::Event;
use syntone::hal::Instant;
use syntone::reference::{Degradation, Reference, Source};
use syntone::state::State;
use syntone::wire::{ClockAccuracy, ClockClass, ClockQuality, Flags, TimeSource};
use syntone::{ClockConfig, PortConfig};
use syntone_sim::{NodeId, Span, World, ms, secs, us};

const QUALITY: ClockQuality = ClockQuality {
    clock_class: ClockClass::PRIMARY,
    clock_accuracy: ClockAccuracy::NS_100,
    offset_scaled_log_variance: 0x4E5D,
};
/// How long the first grandmaster keeps within its specification.
const HOLDOVER: u64 = 60;

/// Two grandmasters and a slave on one segment; the first has a reference and the lower identity, the second a fixed class.
struct Site {
    world: World,
    first: NodeId,
    second: NodeId,
    slave: NodeId,
    reference: Reference,
    properties: TimePropertiesDs,
}

impl Site {
    fn new(source: Source, degradation: Degradation, second_class: u8) -> Self {
        let (mut world, port) = (World::new(1), PortConfig::default());
        let mut clock = |number: u8, class, timescale, slave_only| {
            let mut config = ClockConfig::new(identity(number));
            config.slave_only = slave_only;
            config.clock_quality = ClockQuality { clock_class: ClockClass(class), ..QUALITY };
            config.time_properties = TimePropertiesDs::new(37, timescale, TimeSource::GNSS);
            add::<1>(&mut world, &format!("clock {number}"), &wandering(us(number.into())), &config, &port)
        };
        let timescale = if source == Source::Primary { Flags::PTP_TIMESCALE } else { Flags::empty() };
        let first = clock(1, 248, Flags::PTP_TIMESCALE, false);
        let (second, slave) = (clock(2, second_class, timescale, false), clock(3, 248, Flags::PTP_TIMESCALE, true));
        world.segment([first, second, slave], us(1));
        let flags = TimePropertiesDs::FLAGS.difference(Flags::LEAP59 | Flags::LEAP61);
        let properties = TimePropertiesDs::new(37, flags, TimeSource::GNSS);
        let reference = Reference::new(source, degradation, Duration::from_secs(HOLDOVER));
        let mut site = Self { world, first, second, slave, reference, properties };
        site.world.run_for(secs(1));
        site.regain();
        site.world.run_for(secs(59));
        site
    }

    /// As the program on the first grandmaster does it: at each change, and when one is due.
    fn tell(&mut self) {
        let (reference, properties, first) = (self.reference, self.properties, self.first);
        self.world.set_reference(first, &reference, &QUALITY, &properties);
        if let Some(due) = reference.due() {
            let due = Span::ZERO + syntone_sim::ns(i64::try_from(due.nanos()).expect("soon"));
            self.world.at(due + ms(1), move |world| world.set_reference(first, &reference, &QUALITY, &properties));
        }
    }

    fn regain(&mut self) {
        self.reference.regained();
        self.tell();
    }

    fn lose(&mut self) {
        let now = Instant::from_nanos((self.world.now() - Span::ZERO.into()).picos().unsigned_abs() / 1_000);
        self.reference.lost(now);
        self.tell();
    }

    /// The number of the clock that the slave follows, and the class that it sees.
    fn served_by(&self) -> (u8, u8) {
        let parent = self.world.clock(self.slave).parent_ds();
        let [.., number] = parent.grandmaster_identity.octets();
        (number, parent.grandmaster_clock_quality.clock_class.0)
    }

    fn states(&self) -> [State; 3] {
        [self.first, self.second, self.slave].map(|node| self.world.state(node, 0))
    }
}

/// IEEE 1588-2019 7.6.2.5 and 9.3.3
#[test]
fn holdover_in_specification_serves_on_and_what_may_be_slave_gives_way_after_it() {
    // The second is out of specification since long, and never a slave.
    let mut site = Site::new(Source::Primary, Degradation::MaySlave, 52);
    assert_eq!((site.served_by(), site.states()), ((1, 6), [State::Master, State::Passive, State::Slave]));
    site.lose();
    site.world.run_for(secs(HOLDOVER as i64 - 2));
    assert_eq!((site.served_by(), site.states()), ((1, 7), [State::Master, State::Passive, State::Slave]));
    let lost = site.world.now();
    site.world.run_for(secs(60));
    assert_eq!((site.served_by(), site.states()), ((2, 52), [State::Slave, State::Master, State::Slave]));
    let changed = |event: &Event| matches!(event, Event::Parent { grandmaster, .. } if *grandmaster == identity(2));
    let taken = site.world.events(site.slave).iter().rev().find(|(_, event)| changed(event)).expect("it changed").0;
    // Two seconds of holdover, then the announces of the second qualify it: two intervals of 2 s and some hesitation.
    let taken = (taken - lost).seconds();
    figure("another grandmaster serves after the end of a holdover", taken, "s", "limit 12");
    assert!(taken < 12.0);
    site.regain();
    site.world.run_for(secs(60));
    assert_eq!((site.served_by(), site.states()), ((1, 6), [State::Master, State::Passive, State::Slave]));
}

/// IEEE 1588-2019 7.6.2.5
#[test]
fn degradation_alternative_a_stays_master_unless_a_better_one_makes_it_passive() {
    for (second, served_by, states) in [
        // 187 is worse than 52, and follows it.
        (187, (1, 52), [State::Master, State::Slave, State::Slave]),
        (6, (2, 6), [State::Passive, State::Master, State::Slave]),
    ] {
        let mut site = Site::new(Source::Primary, Degradation::NeverSlave, second);
        site.lose();
        site.world.run_for(secs(HOLDOVER as i64 + 60));
        assert_eq!((site.served_by(), site.states()), (served_by, states), "beside {second}");
    }
}

/// IEEE 1588-2019 7.6.2.5
#[test]
fn an_application_specific_source_degrades_on_its_arbitrary_timescale() {
    let mut site = Site::new(Source::Application, Degradation::NeverSlave, 193);
    assert_eq!(site.served_by(), (1, 13));
    assert!(site.world.clock(site.slave).utc().scale().is_none());
    site.lose();
    site.world.run_for(secs(10));
    assert_eq!(site.served_by(), (1, 14));
    site.world.run_for(secs(HOLDOVER as i64));
    assert_eq!(site.served_by(), (1, 58));
}

#[test]
fn a_slave_is_told_of_every_attribute_before_and_after() {
    let mut site = Site::new(Source::Primary, Degradation::NeverSlave, 187);
    let told = site.world.events(site.slave).len();
    site.lose();
    site.world.run_for(secs(HOLDOVER as i64 + 20));
    let events: Vec<Event> = site.world.events(site.slave)[told..].iter().map(|(_, event)| *event).collect();
    let classes: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            Event::Parent { from, to, .. } => {
                let class = |of: &syntone::event::Attributes| of.parent_ds.grandmaster_clock_quality.clock_class.0;
                Some((class(from), class(to), to.steps_removed))
            }
            _ => None,
        })
        .collect();
    assert_eq!(classes, [(6, 7, 1), (7, 52, 1)]);
    let traceable: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            Event::TimeProperties { from, to } => {
                Some([from, to].map(|of| (of.time_traceable(), of.frequency_traceable())))
            }
            _ => None,
        })
        .collect();
    assert_eq!(traceable, [[(true, true), (false, false)]], "it is traceable to the end of the holdover");
    assert_eq!(events.len(), 3, "and nothing else: {events:?}");
}
