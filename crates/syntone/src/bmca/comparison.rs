//! Which of two data sets is the better one (IEEE 1588-2019 9.3.4).

use crate::datasets::{DefaultDs, ParentDs};
use crate::wire::{ClockIdentity, ClockQuality, PortIdentity};
use core::cmp::Ordering;

/// What is compared: a grandmaster and the path to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct DataSet {
    /// `priority1` of the grandmaster; lower is better, as in all members.
    pub grandmaster_priority1: u8,
    /// The grandmaster.
    pub grandmaster_identity: ClockIdentity,
    /// The quality of the grandmaster.
    pub grandmaster_clock_quality: ClockQuality,
    /// `priority2` of the grandmaster.
    pub grandmaster_priority2: u8,
    /// Paths between the grandmaster and the sender.
    pub steps_removed: u16,
    /// The port that sent the Announce message.
    pub sender: PortIdentity,
    /// The port that received it.
    pub receiver: PortIdentity,
}

impl DataSet {
    /// D0, the own clock as a grandmaster.
    #[must_use]
    pub fn own(default_ds: &DefaultDs) -> Self {
        let parent_ds = ParentDs::of_grandmaster(default_ds);
        Self::received(&parent_ds, 0, parent_ds.parent_port_identity)
    }

    /// What an Announce message tells that `receiver` received.
    #[must_use]
    pub fn received(parent_ds: &ParentDs, steps_removed: u16, receiver: PortIdentity) -> Self {
        Self {
            grandmaster_priority1: parent_ds.grandmaster_priority1,
            grandmaster_identity: parent_ds.grandmaster_identity,
            grandmaster_clock_quality: parent_ds.grandmaster_clock_quality,
            grandmaster_priority2: parent_ds.grandmaster_priority2,
            steps_removed,
            sender: parent_ds.parent_port_identity,
            receiver,
        }
    }

    /// It is better, or better by topology, than `other`; anything is better than nothing.
    #[must_use]
    pub fn is_better_than(&self, other: Option<&Self>) -> bool {
        other.is_none_or(|other| compare(self, other).a_is_better())
    }

    /// The members that are compared before the identity, the most significant first.
    fn rank(&self) -> u64 {
        let ClockQuality { clock_class, clock_accuracy, offset_scaled_log_variance } = self.grandmaster_clock_quality;
        let [variance_high, variance_low] = offset_scaled_log_variance.to_be_bytes();
        u64::from_be_bytes([
            0,
            0,
            self.grandmaster_priority1,
            clock_class.0,
            clock_accuracy.0,
            variance_high,
            variance_low,
            self.grandmaster_priority2,
        ])
    }
}

/// The result of a comparison of data sets A and B.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Comparison {
    /// A has the better grandmaster, or a much shorter path to the same.
    ABetter,
    /// A is as good as B, and its path is preferred.
    ABetterByTopology,
    /// B has the better grandmaster, or a much shorter path to the same.
    BBetter,
    /// B is as good as A, and its path is preferred.
    BBetterByTopology,
    /// error-1: a message has come back to the port that sent it.
    Error1,
    /// error-2: both are the same message, or two messages of one sender.
    Error2,
}

impl Comparison {
    /// A is better, or better by topology.
    #[must_use]
    pub const fn a_is_better(self) -> bool {
        matches!(self, Self::ABetter | Self::ABetterByTopology)
    }

    /// The result with A and B exchanged.
    #[must_use]
    pub const fn swapped(self) -> Self {
        match self {
            Self::ABetter => Self::BBetter,
            Self::ABetterByTopology => Self::BBetterByTopology,
            Self::BBetter => Self::ABetter,
            Self::BBetterByTopology => Self::ABetterByTopology,
            Self::Error1 | Self::Error2 => self,
        }
    }
}

/// Compares data sets A and B (IEEE 1588-2019 9.3.4).
///
/// Sender and receiver are compared as port identities, clock first, so that of two links between the same two clocks
/// both ends choose the same.
#[must_use]
pub fn compare(a: &DataSet, b: &DataSet) -> Comparison {
    if a.grandmaster_identity == b.grandmaster_identity {
        return compare_paths(a, b);
    }
    let (rank_a, rank_b) = (a.rank(), b.rank());
    if rank_a < rank_b || (rank_a == rank_b && a.grandmaster_identity < b.grandmaster_identity) {
        Comparison::ABetter
    } else {
        Comparison::BBetter
    }
}

/// Part 2: both lead to the same grandmaster.
fn compare_paths(a: &DataSet, b: &DataSet) -> Comparison {
    match a.steps_removed.cmp(&b.steps_removed) {
        Ordering::Less => compare_near_with_far(a, b),
        Ordering::Greater => compare_near_with_far(b, a).swapped(),
        Ordering::Equal => {
            let port_numbers = a.receiver.port_number.cmp(&b.receiver.port_number);
            match a.sender.cmp(&b.sender).then(port_numbers) {
                Ordering::Less => Comparison::ABetterByTopology,
                Ordering::Equal => Comparison::Error2,
                Ordering::Greater => Comparison::BBetterByTopology,
            }
        }
    }
}

/// One is further from the grandmaster: by one step it may be only that the message has passed its receiver before.
fn compare_near_with_far(near: &DataSet, far: &DataSet) -> Comparison {
    if far.steps_removed.wrapping_sub(near.steps_removed) > 1 {
        return Comparison::ABetter;
    }
    match far.receiver.cmp(&far.sender) {
        Ordering::Less => Comparison::ABetter,
        Ordering::Greater => Comparison::ABetterByTopology,
        Ordering::Equal => Comparison::Error1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{ClockAccuracy, ClockClass};
    use Comparison as C;
    use proptest::prelude::*;

    const fn port(clock: u64, number: u16) -> PortIdentity {
        PortIdentity::new(ClockIdentity(clock), number)
    }

    const BASE: DataSet = DataSet {
        grandmaster_priority1: 128,
        grandmaster_identity: ClockIdentity(5),
        grandmaster_clock_quality: ClockQuality {
            clock_class: ClockClass(248),
            clock_accuracy: ClockAccuracy(0xFE),
            offset_scaled_log_variance: 0x8000,
        },
        grandmaster_priority2: 128,
        steps_removed: 3,
        sender: port(20, 1),
        receiver: port(30, 1),
    };

    fn assert_a_wins(a: &DataSet, b: &DataSet, what: &str) {
        assert_eq!(compare(a, b), C::ABetter, "{what}");
        assert_eq!(compare(b, a), C::BBetter, "{what}, exchanged");
    }

    /// IEEE 1588-2019 9.3.4, part 1: each step is turned against all that come after it.
    #[test]
    fn each_attribute_of_the_grandmaster_outweighs_all_later_ones() {
        type Set = fn(&mut DataSet, u8);
        let steps: [(&str, Set); 6] = [
            ("grandmasterIdentity", |d, v| d.grandmaster_identity = ClockIdentity(u64::from(v) + 40)),
            ("grandmasterPriority2", |d, v| d.grandmaster_priority2 = v),
            ("offsetScaledLogVariance", |d, v| {
                // Its low octet must weigh less than its high one.
                d.grandmaster_clock_quality.offset_scaled_log_variance = u16::from_be_bytes([v, 1 - v]);
            }),
            ("clockAccuracy", |d, v| d.grandmaster_clock_quality.clock_accuracy = ClockAccuracy(v)),
            ("clockClass", |d, v| d.grandmaster_clock_quality.clock_class = ClockClass(v)),
            ("grandmasterPriority1", |d, v| d.grandmaster_priority1 = v),
        ];
        let (mut a, mut b) = (BASE, BASE);
        // Worse in all of part 2.
        a.steps_removed = 200;
        for (name, set) in steps {
            set(&mut a, 0);
            set(&mut b, 1);
            assert_a_wins(&a, &b, name);
            set(&mut a, 1);
            set(&mut b, 0);
            assert_a_wins(&b, &a, name);
        }
    }

    #[test]
    fn attributes_are_unsigned() {
        let low = DataSet { grandmaster_identity: ClockIdentity(0x7F << 56), ..BASE };
        let high = DataSet { grandmaster_identity: ClockIdentity(0x80 << 56), ..BASE };
        assert_a_wins(&low, &high, "identity");
        let low = DataSet { grandmaster_priority1: 127, ..high };
        assert_a_wins(&low, &DataSet { grandmaster_priority1: 128, ..BASE }, "priority1");
    }

    /// IEEE 1588-2019 9.3.4, part 2
    #[test]
    fn paths_to_one_grandmaster_follow_the_table() {
        // steps and sender and receiver of A, the same of B, result; a port is clock.number.
        let table = "
            0 20.1 30.1   2 20.1 30.1  A      the lead of 2 steps decides, whatever the identities
            0 20.1 30.1   2 31.1 30.1  A
            9 20.1 30.1   7 90.1 30.1  B
            65535 1.1 2.1 0 90.1 30.1  B
            65535 1.1 2.1 65534 9.1 3.1  b
            3 20.1 30.1   4 31.1 30.1  A      receiver of the further one is lower than its sender
            3 20.1 30.1   4 30.2 30.1  A      the same clock: the port decides
            3 20.1 30.1   4 29.1 30.1  a      receiver of the further one is higher
            3 20.1 30.1   4 30.1 30.2  a
            3 20.1 30.1   4 30.1 30.1  error1
            4 31.1 30.1   3 20.1 30.1  B
            4 29.1 30.1   3 90.1 30.1  b
            4 30.1 30.1   3 90.1 30.1  error1
            3 19.1 30.9   3 20.1 30.1  a      equal steps: sender, then receiving port
            3 20.1 30.9   3 20.2 30.1  a
            3 21.1 30.1   3 20.1 30.9  b
            3 20.1 30.1   3 20.1 30.2  a
            3 20.1 30.2   3 20.1 30.1  b
            3 20.1 30.1   3 20.1 30.1  error2";
        for row in table.lines().skip(1) {
            let mut cells = row.split_whitespace();
            let mut side = || {
                let steps_removed = cells.next().unwrap().parse().unwrap();
                let mut identity = || {
                    let (clock, number) = cells.next().unwrap().split_once('.').unwrap();
                    port(clock.parse().unwrap(), number.parse().unwrap())
                };
                DataSet { steps_removed, sender: identity(), receiver: identity(), ..BASE }
            };
            let (mut a, b) = (side(), side());
            // Attributes of one and the same grandmaster do not count.
            a.grandmaster_priority1 = 255;
            let expected = match cells.next().unwrap() {
                "A" => C::ABetter,
                "a" => C::ABetterByTopology,
                "B" => C::BBetter,
                "b" => C::BBetterByTopology,
                "error1" => C::Error1,
                "error2" => C::Error2,
                other => panic!("{other} in the table"),
            };
            assert_eq!(compare(&a, &b), expected, "{row}");
        }
    }

    #[test]
    fn own_clock_is_better_than_its_own_time_come_back() {
        let default_ds = DefaultDs {
            clock_identity: ClockIdentity(50),
            number_ports: 2,
            clock_quality: BASE.grandmaster_clock_quality,
            priority1: 1,
            priority2: 2,
            domain_number: 0,
            slave_only: false,
            sdo_id: crate::wire::SdoId::DEFAULT,
            max_steps_removed: 255,
        };
        let d0 = DataSet::own(&default_ds);
        assert_eq!((d0.sender, d0.receiver, d0.steps_removed), (port(50, 0), port(50, 0), 0));
        for neighbour in [port(49, 1), port(51, 1)] {
            let echo = DataSet { steps_removed: 1, sender: neighbour, receiver: port(50, 1), ..d0 };
            assert!(d0.is_better_than(Some(&echo)));
            assert!(!echo.is_better_than(Some(&d0)));
        }
        assert!(d0.is_better_than(None));
        assert!(!d0.is_better_than(Some(&d0)));
    }

    /// Few values for each member, so that all depths of the comparison are reached.
    fn any_data_set() -> impl Strategy<Value = DataSet> {
        let identity = || (0..3_u64, 1..3_u16).prop_map(|(clock, number)| port(clock, number));
        (0..2_u8, 0..3_u64, 0..2_u8, 0..2_u8, 0..2_u16, 0..2_u8, 0..4_u16, identity(), identity()).prop_map(
            |(p1, identity, class, accuracy, variance, p2, steps_removed, sender, receiver)| DataSet {
                grandmaster_priority1: p1,
                grandmaster_identity: ClockIdentity(identity),
                grandmaster_clock_quality: ClockQuality {
                    clock_class: ClockClass(class),
                    clock_accuracy: ClockAccuracy(accuracy),
                    offset_scaled_log_variance: variance,
                },
                grandmaster_priority2: p2,
                steps_removed,
                sender,
                receiver,
            },
        )
    }

    /// A grandmaster says one thing about itself at one time.
    fn with_attributes_of_identity(mut data_set: DataSet) -> DataSet {
        data_set.grandmaster_priority1 = u8::from(data_set.grandmaster_identity.0 == 0);
        data_set.grandmaster_clock_quality = BASE.grandmaster_clock_quality;
        data_set.grandmaster_priority2 = BASE.grandmaster_priority2;
        data_set
    }

    proptest! {
        #[test]
        fn exchanging_a_and_b_exchanges_the_result(a in any_data_set(), b in any_data_set()) {
            prop_assert_eq!(compare(&a, &b), compare(&b, &a).swapped());
            prop_assert_eq!(compare(&a, &a), C::Error2);
        }

        #[test]
        fn order_of_grandmasters_is_that_of_their_attributes(a in any_data_set(), b in any_data_set()) {
            prop_assume!(a.grandmaster_identity != b.grandmaster_identity);
            let attributes = |d: &DataSet| {
                let quality = d.grandmaster_clock_quality;
                (
                    d.grandmaster_priority1,
                    (quality.clock_class, quality.clock_accuracy, quality.offset_scaled_log_variance),
                    (d.grandmaster_priority2, d.grandmaster_identity),
                )
            };
            prop_assert_eq!(compare(&a, &b) == C::ABetter, attributes(&a) < attributes(&b));
            prop_assert!(matches!(compare(&a, &b), C::ABetter | C::BBetter));
        }

        /// It is not where one grandmaster announces different attributes at a time, nor where a message has met its own
        /// sender; such messages are discarded before.
        #[test]
        fn comparison_is_transitive_where_it_is_defined(
            sets in proptest::array::uniform3(any_data_set().prop_map(with_attributes_of_identity)),
        ) {
            prop_assume!(sets.iter().all(|set| set.sender != set.receiver));
            let [a, b, c] = sets;
            if compare(&a, &b).a_is_better() && compare(&b, &c).a_is_better() {
                prop_assert!(compare(&a, &c).a_is_better(), "{:?} {:?} {:?}", a, b, c);
            }
        }
    }
}
