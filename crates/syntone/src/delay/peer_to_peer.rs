//! The requester of the peer-to-peer delay mechanism (IEEE 1588-2019 11.4).

use super::rate_ratio::RateRatio;
use super::{Difference, Stamped};
use crate::counters::{Counters, Discard};
use crate::servo::MedianFilter;
use crate::wire::PortIdentity;
use syntone_hal::{FrequencyOffset, TimeInterval, Timestamp};

/// Exchanges in the moving median of the link delay.
const DELAY_WINDOW: usize = 16;

/// After so many requests in a row that were answered by several, the link is no link between two.
const SEVERAL_LIMIT: u8 = 3;

/// A response whose sequenceId lies this far or less behind that of the request is late.
const LATE_WINDOW: u16 = 16;

/// So many requests are put off for an egress stamp that does not come.
const PATIENCE: u8 = 2;

/// Measures meanLinkDelay and neighborRateRatio of one link.
///
/// Who answers first is the neighbour; when it falls silent and another answers alone, that one is from the next request on.
#[derive(Clone, Debug, Default)]
pub(crate) struct PeerDelay {
    exchange: Exchange,
    neighbor: Option<PortIdentity>,
    /// Requests in a row that were answered by several.
    several: u8,
    filter: MedianFilter<DELAY_WINDOW>,
    mean_link_delay: Option<TimeInterval>,
    rate: RateRatio,
}

/// What is known of the last request.
#[derive(Clone, Debug, Default)]
struct Exchange {
    state: Progress,
    sequence_id: u16,
    /// Requests that were put off since this one.
    put_off: u8,
    /// Who answered.
    responder: Option<PortIdentity>,
    /// More than one answered.
    is_shared: bool,
    /// t1.
    egress: Option<Timestamp>,
    response: Option<PeerResponse>,
    /// t3.
    follow_up: Option<Stamped>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Progress {
    /// There was no request, or its stamps are void.
    #[default]
    Void,
    Open,
    Complete,
}

/// A Pdelay_Resp.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PeerResponse {
    /// t4, corrected for latency, and the correctionField with delayAsymmetry added.
    pub(crate) ingress: Stamped,
    /// t2 as it tells, if a Pdelay_Resp_Follow_Up comes; `None` in one step.
    pub(crate) receipt: Option<Timestamp>,
}

impl PeerDelay {
    /// The median of the last measurements; `None` until one is complete.
    pub(crate) const fn mean_link_delay(&self) -> Option<TimeInterval> {
        self.mean_link_delay
    }

    /// neighborRateRatio − 1 in units of 2⁻⁴¹; `None` until two exchanges tell it, and for ever where the neighbour answers
    /// in one step.
    pub(crate) const fn scaled_neighbor_rate_ratio(&self) -> Option<i32> {
        self.rate.scaled()
    }

    /// t1 of the last request, corrected for latency.
    pub(crate) const fn requested_at(&self) -> Option<Timestamp> {
        self.exchange.egress
    }

    /// Who is at the other end.
    pub(crate) const fn neighbor(&self) -> Option<PortIdentity> {
        self.neighbor
    }

    /// Several have answered for some requests in a row: this is a fault (IEEE 1588-2019 11.4.4).
    pub(crate) const fn has_several_neighbors(&self) -> bool {
        self.several >= SEVERAL_LIMIT
    }

    /// The port leaves the network: nothing that was measured holds.
    pub(crate) fn clear(&mut self) {
        self.rate.forget();
        *self = Self { rate: core::mem::take(&mut self.rate), ..Self::default() };
    }

    /// Our own clock was stepped: what is under way compares times before and after the step.
    pub(crate) fn forget_stamps(&mut self) {
        self.exchange.state = Progress::Void;
        self.rate.restart();
    }

    /// Our own clock runs at `frequency` from now on.
    pub(crate) fn adjusted(&mut self, frequency: FrequencyOffset) {
        self.rate.adjusted(frequency);
    }

    /// Whether the next request is better put off, because the egress stamp of the last one may still come: drivers may need
    /// longer for it than the interval of requests.
    pub(crate) fn put_off(&mut self) -> bool {
        let exchange = &mut self.exchange;
        let waits = exchange.state == Progress::Open && exchange.egress.is_none() && exchange.put_off < PATIENCE;
        exchange.put_off = exchange.put_off.saturating_add(u8::from(waits));
        waits
    }

    /// The egress stamp of that request will not come: nothing is put off for it any more.
    pub(crate) fn egress_lost(&mut self, sequence_id: u16) {
        if self.exchange.sequence_id == sequence_id {
            self.exchange.put_off = PATIENCE;
        }
    }

    /// The last request may not have been sent: if its egress stamp has not come, it is none.
    pub(crate) fn unsent(&mut self) {
        if self.exchange.egress.is_none() {
            self.exchange.state = Progress::Void;
        }
    }

    /// Opens an exchange: a Pdelay_Req is about to leave. Says what the last one lacked.
    pub(crate) fn request(&mut self, sequence_id: u16) -> Option<Discard> {
        let lost = self.exchange.lacking();
        if !self.exchange.is_shared {
            self.several = 0;
            self.follow_neighbor();
        }
        self.exchange = Exchange { state: Progress::Open, sequence_id, ..Exchange::default() };
        lost
    }

    /// Takes t1, the egress time of the Pdelay_Req. Gives the link delay of this exchange alone if it is complete now.
    pub(crate) fn egress(&mut self, sequence_id: u16, egress: Timestamp) -> Result<Option<TimeInterval>, Discard> {
        self.exchange.check(sequence_id)?;
        if self.exchange.egress.replace(egress).is_some() {
            return Err(Discard::Duplicate);
        }
        Ok(self.complete())
    }

    /// Takes a Pdelay_Resp. Gives the link delay of this exchange alone if it is complete now.
    pub(crate) fn response(
        &mut self,
        sequence_id: u16,
        sender: PortIdentity,
        response: PeerResponse,
        counters: &mut Counters,
    ) -> Result<Option<TimeInterval>, Discard> {
        self.admit(sequence_id, sender, counters)?;
        if self.exchange.response.is_some() {
            return Err(Discard::Duplicate);
        }
        self.exchange.response = Some(response);
        Ok(self.complete())
    }

    /// Takes a Pdelay_Resp_Follow_Up; it may come before its Pdelay_Resp. Gives the link delay of this exchange alone if it is complete now.
    pub(crate) fn follow_up(
        &mut self,
        sequence_id: u16,
        sender: PortIdentity,
        origin: Stamped,
        counters: &mut Counters,
    ) -> Result<Option<TimeInterval>, Discard> {
        self.admit(sequence_id, sender, counters)?;
        if self.exchange.follow_up.is_some() {
            return Err(Discard::Duplicate);
        }
        self.exchange.follow_up = Some(origin);
        Ok(self.complete())
    }

    /// Whether an answer belongs to the request. Of several that answer, the neighbour is heard.
    fn admit(&mut self, sequence_id: u16, sender: PortIdentity, counters: &mut Counters) -> Result<(), Discard> {
        let exchange = &mut self.exchange;
        exchange.check(sequence_id)?;
        match exchange.responder {
            None => exchange.responder = Some(sender),
            Some(responder) if responder == sender => {}
            Some(_) => {
                self.several = self.several.saturating_add(u8::from(!exchange.is_shared));
                exchange.is_shared = true;
                if self.neighbor != Some(sender) {
                    return Err(Discard::SeveralResponders);
                }
                counters.discard(Discard::SeveralResponders);
                exchange.state = Progress::Open;
                exchange.responder = Some(sender);
                (exchange.response, exchange.follow_up) = (None, None);
            }
        }
        Ok(())
    }

    /// Another one answers, and alone.
    fn follow_neighbor(&mut self) {
        let Exchange { state: Progress::Complete, responder, .. } = self.exchange else { return };
        if responder != self.neighbor {
            self.neighbor = responder;
            self.filter.clear();
            self.rate.forget();
        }
    }

    fn complete(&mut self) -> Option<TimeInterval> {
        let Exchange {
            state: Progress::Open, responder, egress: Some(t1), response: Some(response), follow_up, ..
        } = self.exchange
        else {
            return None;
        };
        let turnaround = response.turnaround(follow_up.as_ref())?;
        self.exchange.state = Progress::Complete;
        if *self.neighbor.get_or_insert(responder?) != responder? {
            return None;
        }
        let t4 = response.ingress.time;
        if let Some(origin) = follow_up.filter(|origin| origin.time != Timestamp::ZERO && response.receipt.is_some()) {
            self.rate.take(t4, origin.time, origin.correction);
        }
        let round = Difference::between(t4, t1, TimeInterval::ZERO).interval();
        let measured = (round - self.rate.to_ours(turnaround)).half();
        self.mean_link_delay = Some(self.filter.push(measured));
        Some(measured)
    }
}

impl Exchange {
    /// Whether a stamp or an answer is for this request.
    fn check(&self, sequence_id: u16) -> Result<(), Discard> {
        match self.sequence_id.wrapping_sub(sequence_id) {
            _ if self.state == Progress::Void => Err(Discard::Unmatched),
            0 => Ok(()),
            behind if behind <= LATE_WINDOW => Err(Discard::OutOfOrder),
            _ => Err(Discard::Unmatched),
        }
    }

    fn lacking(&self) -> Option<Discard> {
        if self.state != Progress::Open {
            return None;
        }
        Some(match (self.egress, &self.response, &self.follow_up) {
            (None, ..) => Discard::EgressStampLost,
            (_, None, None) => Discard::Unanswered,
            _ => Discard::Incomplete,
        })
    }
}

impl PeerResponse {
    /// t3 − t2 on the neighbour's clock, and the corrections; `None` as long as its Follow_Up is missing.
    fn turnaround(&self, follow_up: Option<&Stamped>) -> Option<TimeInterval> {
        let Some(receipt) = self.receipt else { return Some(self.ingress.correction) };
        let origin = follow_up?;
        let corrections = self.ingress.correction + origin.correction;
        Some(Difference::between(origin.time, receipt, -corrections).interval())
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::arithmetic_side_effects, reason = "small numbers of a test")]

    use super::*;
    use crate::wire::ClockIdentity;
    use proptest::prelude::*;

    const NEIGHBOR: PortIdentity = PortIdentity::new(ClockIdentity(1), 1);
    const INTRUDER: PortIdentity = PortIdentity::new(ClockIdentity(2), 1);
    const SECOND: i64 = 1_000_000_000;

    fn nanos(nanos: i64) -> TimeInterval {
        TimeInterval::from_nanos(nanos)
    }

    fn at(nanos: i64) -> Timestamp {
        Timestamp::from_nanos(nanos.unsigned_abs())
    }

    fn stamped(time: Timestamp, correction: TimeInterval) -> Stamped {
        Stamped { time, correction }
    }

    #[derive(Default)]
    struct Test {
        delay: PeerDelay,
        counters: Counters,
    }

    impl Test {
        fn one_step(&mut self, id: u16, from: PortIdentity, t4: i64, correction: i64) -> Result<Option<i64>, Discard> {
            let response = PeerResponse { ingress: stamped(at(t4), nanos(correction)), receipt: None };
            self.delay.response(id, from, response, &mut self.counters).map(|delay| delay.map(TimeInterval::nanos))
        }

        fn response(&mut self, id: u16, from: PortIdentity, t4: i64, t2: i64) -> Result<Option<i64>, Discard> {
            let response = PeerResponse { ingress: stamped(at(t4), nanos(0)), receipt: Some(at(t2)) };
            self.delay.response(id, from, response, &mut self.counters).map(|delay| delay.map(TimeInterval::nanos))
        }

        fn follow_up(&mut self, id: u16, from: PortIdentity, t3: i64) -> Result<Option<i64>, Discard> {
            let origin = stamped(at(t3), nanos(0));
            self.delay.follow_up(id, from, origin, &mut self.counters).map(|delay| delay.map(TimeInterval::nanos))
        }

        /// A whole exchange in two steps over a link of `link` ns; the neighbour's clock is 1 s ahead.
        fn exchange(&mut self, id: u16, from: PortIdentity, t1: i64, link: i64) -> Option<i64> {
            self.delay.request(id);
            self.delay.egress(id, at(t1)).expect("matches");
            self.response(id, from, t1 + 2 * link + 900, t1 + link + SECOND).expect("matches");
            self.follow_up(id, from, t1 + link + 900 + SECOND).expect("matches")
        }
    }

    /// IEEE 1588-2019 11.4.2: t1 = 1000, t2 = 501 250, t3 = 511 260, t4 = 11 520, corrections 4 and 6: half of 10 520 − 10 020.
    #[test]
    fn two_steps_give_half_of_the_round_less_turnaround_and_corrections() {
        let mut test = Test::default();
        test.delay.request(5);
        test.delay.egress(5, at(1_000)).expect("matches");
        let response = PeerResponse { ingress: stamped(at(11_520), nanos(4)), receipt: Some(at(501_250)) };
        assert_eq!(test.delay.response(5, NEIGHBOR, response, &mut test.counters), Ok(None));
        let done = test.delay.follow_up(5, NEIGHBOR, stamped(at(511_260), nanos(6)), &mut test.counters);
        assert_eq!(done, Ok(Some(nanos(250))));
        assert_eq!(test.delay.neighbor(), Some(NEIGHBOR));
    }

    /// IEEE 1588-2019 11.4.2
    #[test]
    fn one_step_and_variant_a_give_the_turnaround_as_a_correction() {
        let mut test = Test::default();
        test.delay.request(1);
        test.delay.egress(1, at(1_000)).expect("matches");
        assert_eq!(test.one_step(1, NEIGHBOR, 11_520, 10_020), Ok(Some(250)));
        test.delay.request(2);
        test.delay.egress(2, at(1_000)).expect("matches");
        assert_eq!(test.response(2, NEIGHBOR, 11_520, 0), Ok(None));
        let done = test.delay.follow_up(2, NEIGHBOR, stamped(Timestamp::ZERO, nanos(10_020)), &mut test.counters);
        assert_eq!(done, Ok(Some(nanos(250))));
        assert_eq!(test.delay.scaled_neighbor_rate_ratio(), None);
    }

    #[test]
    fn stamp_response_and_follow_up_may_come_in_any_order() {
        for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            let mut test = Test::default();
            test.delay.request(9);
            let done: [Option<i64>; 3] = order.map(|which| match which {
                0 => test.delay.egress(9, at(0)).expect("matches").map(TimeInterval::nanos),
                1 => test.response(9, NEIGHBOR, 1_100, 50).expect("matches"),
                _ => test.follow_up(9, NEIGHBOR, 1_050).expect("matches"),
            });
            assert_eq!(done, [None, None, Some(50)], "{order:?}");
            assert_eq!(test.counters.total_discarded(), 0);
        }
    }

    #[test]
    fn late_duplicated_and_mismatched_answers_are_told_apart_and_change_nothing() {
        let mut test = Test::default();
        assert_eq!(test.one_step(0, NEIGHBOR, 1, 1), Err(Discard::Unmatched));
        assert_eq!(test.exchange(7, NEIGHBOR, 0, 50), Some(50));
        assert_eq!(test.response(7, NEIGHBOR, 0, 0), Err(Discard::Duplicate));
        assert_eq!(test.follow_up(7, NEIGHBOR, 0), Err(Discard::Duplicate));
        assert_eq!(test.delay.egress(7, at(0)), Err(Discard::Duplicate));
        test.delay.request(8);
        assert_eq!(test.response(7, NEIGHBOR, 0, 0), Err(Discard::OutOfOrder));
        assert_eq!(test.follow_up(9, NEIGHBOR, 0), Err(Discard::Unmatched));
        assert_eq!(test.delay.egress(7, at(0)), Err(Discard::OutOfOrder));
        assert_eq!(test.delay.mean_link_delay(), Some(nanos(50)));
        assert_eq!(test.exchange(9, NEIGHBOR, SECOND, 50), Some(50));
    }

    #[test]
    fn what_an_unfinished_exchange_lacked_is_told() {
        let mut test = Test::default();
        assert_eq!(test.delay.request(1), None);
        assert_eq!(test.delay.request(2), Some(Discard::EgressStampLost));
        test.delay.egress(2, at(0)).expect("matches");
        assert_eq!(test.delay.request(3), Some(Discard::Unanswered));
        test.delay.egress(3, at(0)).expect("matches");
        assert_eq!(test.response(3, NEIGHBOR, 9, 0), Ok(None));
        assert_eq!(test.delay.request(4), Some(Discard::Incomplete));
        test.delay.egress(4, at(0)).expect("matches");
        assert_eq!(test.one_step(4, NEIGHBOR, 100, 0), Ok(Some(50)));
        assert_eq!(test.delay.request(5), None);
    }

    #[test]
    fn the_neighbor_is_heard_whoever_else_answers_first() {
        let mut test = Test::default();
        test.exchange(1, NEIGHBOR, 0, 50);
        test.delay.request(2);
        test.delay.egress(2, at(SECOND)).expect("matches");
        assert_eq!(test.one_step(2, INTRUDER, SECOND + 9_000_000, 0), Ok(None));
        assert_eq!(test.one_step(2, NEIGHBOR, SECOND + 100, 0), Ok(Some(50)));
        assert_eq!(test.one_step(2, INTRUDER, SECOND + 9_000_000, 0), Err(Discard::SeveralResponders));
        assert_eq!(test.counters.discarded(Discard::SeveralResponders), 1);
        assert_eq!(test.delay.mean_link_delay(), Some(nanos(50)));
        assert!(!test.delay.has_several_neighbors());
    }

    #[test]
    fn several_answers_to_three_requests_in_a_row_are_a_fault() {
        let mut test = Test::default();
        for (id, both) in [(1, true), (2, true), (3, false), (4, true), (5, true)] {
            test.exchange(id, NEIGHBOR, i64::from(id) * SECOND, 50);
            if both {
                assert_eq!(test.one_step(id, INTRUDER, 0, 0), Err(Discard::SeveralResponders));
                assert_eq!(test.one_step(id, INTRUDER, 0, 0), Err(Discard::SeveralResponders));
            }
            assert!(!test.delay.has_several_neighbors());
        }
        test.exchange(6, NEIGHBOR, 6 * SECOND, 50);
        assert_eq!(test.follow_up(6, INTRUDER, 0), Err(Discard::SeveralResponders));
        assert!(test.delay.has_several_neighbors());
    }

    #[test]
    fn another_neighbor_counts_from_its_second_answer_on() {
        let mut test = Test::default();
        for id in 0..20 {
            test.exchange(id, NEIGHBOR, i64::from(id) * SECOND, 50);
        }
        assert_eq!(test.exchange(20, INTRUDER, 20 * SECOND, 700), None);
        assert_eq!(test.delay.mean_link_delay(), Some(nanos(50)));
        assert_eq!(test.exchange(21, INTRUDER, 21 * SECOND, 700), Some(700));
        assert_eq!(test.delay.mean_link_delay(), Some(nanos(700)), "of the new neighbor alone");
        assert_eq!(test.delay.neighbor(), Some(INTRUDER));
    }

    #[test]
    fn a_step_voids_what_is_under_way_and_keeps_what_was_measured() {
        let mut test = Test::default();
        test.exchange(1, NEIGHBOR, 0, 50);
        test.delay.request(2);
        test.delay.egress(2, at(SECOND)).expect("matches");
        test.delay.forget_stamps();
        assert_eq!(test.one_step(2, NEIGHBOR, 0, 0), Err(Discard::Unmatched));
        assert_eq!(test.delay.request(3), None);
        assert_eq!(test.delay.mean_link_delay(), Some(nanos(50)));
        test.delay.clear();
        assert_eq!(test.delay.mean_link_delay(), None);
    }

    #[test]
    fn a_steered_clock_keeps_the_ratio_that_is_left() {
        let mut test = Test::default();
        test.delay.adjusted(FrequencyOffset::ZERO);
        test.exchange(1, NEIGHBOR, 0, 50);
        test.exchange(2, NEIGHBOR, SECOND, 50);
        assert_eq!(test.delay.scaled_neighbor_rate_ratio(), Some(0));
        test.delay.adjusted(FrequencyOffset::from_ppb(-10_000));
        let scaled = test.delay.scaled_neighbor_rate_ratio().expect("known");
        // 10 ppm of 2^41.
        assert!((scaled - 21_990_233).abs() < 30, "{scaled}");
    }

    #[test]
    fn requests_are_put_off_for_a_while_for_a_stamp_that_may_still_come() {
        let mut test = Test::default();
        assert!(!test.delay.put_off());
        test.delay.request(1);
        assert_eq!([(); 3].map(|()| test.delay.put_off()), [true, true, false]);
        test.delay.request(2);
        assert!(test.delay.put_off());
        test.delay.egress_lost(2);
        assert!(!test.delay.put_off());
        test.delay.request(3);
        test.delay.egress(3, at(0)).expect("matches");
        assert!(!test.delay.put_off(), "only the answer is missing");
        test.delay.request(4);
        test.delay.unsent();
        assert!(!test.delay.put_off());
        assert_eq!(test.delay.request(5), None);
    }

    /// The largest multiple of 2⁻¹⁶ ns that is not beyond `picos`, and the time on a clock that gains `ppb`.
    fn clock(picos: i128, ppb: i64, origin_seconds: u64) -> Timestamp {
        let picos = picos + picos * i128::from(ppb) / 1_000_000_000;
        let scaled = picos * 65_536 / 1_000;
        let whole = i64::try_from(scaled >> 16).expect("small");
        let fraction = u16::try_from(scaled & 0xFFFF).expect("16 bits");
        Timestamp::new(origin_seconds, 0).expect("in range").offset_nanos(whole).with_subnanos(fraction)
    }

    proptest! {
        /// IEEE 1588-2019 11.4.2
        #[test]
        fn any_link_turnaround_rate_and_corrections_give_the_true_delay(
            link_picos in 0_i128..100_000_000,
            turnaround_picos in 1_000_i128..20_000_000_000,
            start_picos in 1_i128..1_000_000_000_000_000,
            ours in -100_000_i64..100_000,
            theirs in -100_000_i64..100_000,
            correction in -1_000_000_i64..1_000_000,
            split in -1_000_000_i64..1_000_000,
            two_step in any::<bool>(),
        ) {
            let mut test = Test::default();
            for (id, at) in [(0, start_picos), (1, start_picos + 1_000_000_000_000)] {
                test.delay.request(id);
                let (arrived, left) = (at + link_picos, at + link_picos + turnaround_picos);
                let t1 = clock(at, ours, 5);
                let (t2, t3) = (clock(arrived, theirs, 1_700_000_000), clock(left, theirs, 1_700_000_000));
                let t4 = clock(left + link_picos, ours, 5);
                test.delay.egress(id, t1).expect("matches");
                // A clock in between holds the message back and says so.
                let held = TimeInterval::from_scaled(correction);
                let t4 = t4 + held;
                if two_step {
                    let part = TimeInterval::from_scaled(split);
                    let response = PeerResponse { ingress: stamped(t4, part), receipt: Some(t2) };
                    test.delay.response(id, NEIGHBOR, response, &mut test.counters).expect("matches");
                    test.delay.follow_up(id, NEIGHBOR, stamped(t3, held - part), &mut test.counters).expect("matches");
                } else {
                    // A one-step neighbour tells no time: that both clocks have the same rate is all one can believe.
                    let rate = test.delay.clone();
                    prop_assert_eq!(rate.scaled_neighbor_rate_ratio(), None);
                    let response = PeerResponse { ingress: stamped(t4, held + t3.since(t2)), receipt: None };
                    test.delay.response(id, NEIGHBOR, response, &mut test.counters).expect("matches");
                }
            }
            // The first exchange of two does not know the rates yet; what they spoil is in the mean of both by half.
            let spoilt = i64::try_from(turnaround_picos / 1_000).expect("small") * (theirs - ours).abs() / 2_000_000_000;
            let spoilt = if two_step { spoilt / 2 } else { spoilt };
            let truth = i64::try_from(link_picos + link_picos * i128::from(ours) / 1_000_000_000).expect("small");
            let measured = test.delay.mean_link_delay().expect("complete").scaled() * 1_000 / 65_536;
            prop_assert!((measured - truth).abs() <= spoilt * 1_000 + 2_000, "{measured} for {truth} ps, {spoilt} ns");
        }

        #[test]
        fn any_answers_in_any_order_never_move_the_delay_beyond_what_the_neighbor_says(
            answers in prop::collection::vec((0_u16..6, 0..4_u8, any::<bool>(), any::<i64>()), 0..60),
        ) {
            let mut test = Test::default();
            for id in 0..4 {
                test.exchange(id, NEIGHBOR, i64::from(id) * SECOND, 50);
            }
            let known = test.delay.mean_link_delay();
            for (id, kind, intruder, time) in answers {
                let from = if intruder { INTRUDER } else { NEIGHBOR };
                // What is left of the last exchange's answers, or is for another request.
                let _ = match kind {
                    0 => test.one_step(id, from, time, time),
                    1 => test.response(id, from, time, time),
                    2 => test.follow_up(id, from, time),
                    _ => test.delay.egress(id, at(time)).map(|_| None),
                };
                prop_assert_eq!(test.delay.mean_link_delay(), known);
            }
        }
    }
}
