//! What a port should be (IEEE 1588-2019 9.3.3).

use super::{Comparison, DataSet, compare};
use crate::wire::ClockClass;

/// The recommended state of a port and the data set that it is taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Decision {
    /// Go on listening.
    Listening,
    /// Master, from D0: the own clock is fit to be a grandmaster and the best on this path.
    M1,
    /// Master, from D0: the own clock is the best of all.
    M2,
    /// Master, from E_best: passes on what another port receives.
    M3,
    /// Passive, from E_rbest: the own clock never is a slave, and a better one is on this path.
    P1,
    /// Passive, from E_rbest: another port leads to the same grandmaster.
    P2,
    /// Slave, from E_best.
    S1,
}

/// Decides for one port, from the own clock `d0`, the best master heard on this port `e_rbest` and the best heard on
/// any port `e_best`; all ports decide on one snapshot (IEEE 1588-2019 9.3.3).
///
/// A port in state LISTENING that has heard no master goes on listening until its announce receipt timeout. This is
/// the text of 2008, which most implementations keep; that of 2019 names E_best there, by which such a port becomes
/// master as soon as another port has heard one.
///
/// clockClass 0, which is reserved, is not among the classes 1 to 127 that never are slaves.
#[must_use]
pub fn decide(d0: &DataSet, listening: bool, e_rbest: Option<&DataSet>, e_best: Option<&DataSet>) -> Decision {
    if listening && e_rbest.is_none() {
        return Decision::Listening;
    }
    if matches!(d0.grandmaster_clock_quality.clock_class, ClockClass(1..=127)) {
        return if d0.is_better_than(e_rbest) { Decision::M1 } else { Decision::P1 };
    }
    if d0.is_better_than(e_best) {
        return Decision::M2;
    }
    match (e_best, e_rbest) {
        (Some(best), Some(own)) if best.receiver == own.receiver => Decision::S1,
        (Some(best), Some(own)) if compare(best, own) == Comparison::ABetterByTopology => Decision::P2,
        _ => Decision::M3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{ClockAccuracy, ClockIdentity, ClockQuality, PortIdentity};

    const OWN: ClockIdentity = ClockIdentity(50);

    fn heard(port: u16, grandmaster: u64, priority1: u8, steps_removed: u16) -> DataSet {
        DataSet {
            grandmaster_priority1: priority1,
            grandmaster_identity: ClockIdentity(grandmaster),
            grandmaster_clock_quality: ClockQuality::default(),
            grandmaster_priority2: 128,
            steps_removed,
            // Lower than the receivers, so that one step of difference is a matter of topology.
            sender: PortIdentity::new(ClockIdentity(40), 1),
            receiver: PortIdentity::new(OWN, port),
        }
    }

    fn own(clock_class: u8) -> DataSet {
        let itself = PortIdentity::new(OWN, 0);
        let grandmaster_clock_quality = ClockQuality {
            clock_class: ClockClass(clock_class),
            clock_accuracy: ClockAccuracy::UNKNOWN,
            offset_scaled_log_variance: 0xFFFF,
        };
        DataSet { grandmaster_clock_quality, sender: itself, receiver: itself, ..heard(0, OWN.0, 100, 0) }
    }

    /// IEEE 1588-2019 9.3.3, over all of its inputs. The decision is for port 1; the own clock has priority1 100.
    #[test]
    fn decision_follows_the_table_for_every_input() {
        // E_rbest (port 1) and E_best (any port) as port:grandmaster:priority1:steps, then the decision for classes
        // 1 to 127 when listening and when not, and for other classes when listening and when not.
        let table = "
            -         -          L  M1   L  M2    nothing heard
            -         2:7:200:0  L  M1   L  M2    a worse one elsewhere
            -         2:7:9:0    L  M1   L  M3    a better one elsewhere
            1:7:200:0 1:7:200:0  M1 M1   M2 M2    a worse one here
            1:7:200:0 2:7:150:0  M1 M1   M2 M2    worse ones here and elsewhere
            1:7:200:0 2:8:9:0    M1 M1   M3 M3    a worse one here, a better one elsewhere
            1:7:9:0   1:7:9:0    P1 P1   S1 S1    the best is here
            1:7:9:0   2:8:8:0    P1 P1   M3 M3    better ones here and elsewhere, the best elsewhere
            1:7:9:4   2:7:9:2    P1 P1   M3 M3    a much shorter path to the same elsewhere
            1:7:9:3   2:7:9:2    P1 P1   P2 P2    by topology
            1:50:100:1 1:50:100:1 M1 M1  M2 M2    our own time comes back here
            1:50:100:1 2:7:9:0   M1 M1   M3 M3    the same, and a better one elsewhere";
        let mut rows = 0;
        for row in table.lines().skip(1) {
            let mut cells = row.split_whitespace();
            let mut data_set = || {
                let mut parts = cells.next().unwrap().split(':');
                let port = parts.next().unwrap().parse().ok()?;
                let mut number = || parts.next().unwrap().parse::<u8>().unwrap();
                Some(heard(port, number().into(), number(), number().into()))
            };
            let (e_rbest, e_best) = (data_set(), data_set());
            let expected = [(); 4].map(|()| cells.next().unwrap());
            for (listening, class, expected) in [
                (true, &[1, 6, 127][..], expected[0]),
                (false, &[1, 6, 127], expected[1]),
                (true, &[0, 128, 248, 255], expected[2]),
                (false, &[0, 128, 248, 255], expected[3]),
            ] {
                let expected = match expected {
                    "L" => Decision::Listening,
                    "M1" => Decision::M1,
                    "M2" => Decision::M2,
                    "M3" => Decision::M3,
                    "P1" => Decision::P1,
                    "P2" => Decision::P2,
                    "S1" => Decision::S1,
                    other => panic!("{other} in the table"),
                };
                for class in class {
                    let decision = decide(&own(*class), listening, e_rbest.as_ref(), e_best.as_ref());
                    assert_eq!(decision, expected, "{row}: class {class}, listening {listening}");
                }
            }
            rows += 1;
        }
        assert_eq!(rows, 12);
    }
}
