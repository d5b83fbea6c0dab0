//! The list of the checks: their names, what they rest on, in the order they run.

use super::{Fixture, Stop, clock, egress, ingress, one_step, passing};

/// One line per check: its name here, the function that makes it, the checks that it rests on.
macro_rules! checks {
    ($($check:ident = $module:ident :: $function:ident, needs [$($need:ident),*];)*) => {
        /// The checks, in the order they run; each named after what must hold.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        #[non_exhaustive]
        pub enum Check {
            $(#[doc = concat!("See [`", stringify!($function), "`](super::", stringify!($function), ").")] $check,)*
        }

        impl Check {
            /// Every check, in the order they run.
            pub const ALL: [Self; [$(stringify!($check)),*].len()] = [$(Self::$check),*];

            /// The name of the function that makes the check: it says what must hold.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$check => stringify!($function),)* }
            }

            /// The checks that must hold before this one says anything.
            #[must_use]
            pub const fn needs(self) -> &'static [Self] {
                match self { $(Self::$check => &[$(Self::$need),*],)* }
            }

            /// Makes this check alone.
            ///
            /// # Errors
            /// [`Stop`] says what did not hold, or why it could not be checked.
            pub fn run<F: Fixture>(self, fixture: &mut F) -> Result<(), Stop> {
                match self { $(Self::$check => $module::$function(fixture),)* }
            }
        }
    };
}

// Stamps are looked at before the clock is steered and before it is stepped: so the report tells a stamp that is wrong
// from one that does not follow.
checks! {
    MonotonicNeverGoesBack = clock::monotonic_never_goes_back, needs [];
    MonotonicAdvances = clock::monotonic_advances_with_time, needs [MonotonicNeverGoesBack];
    ClockAdvances = clock::clock_advances_with_time, needs [MonotonicAdvances];
    Limits = clock::limits_are_constant_and_plausible, needs [];
    Capabilities = ingress::capabilities_are_constant_and_plausible, needs [];
    ReceiveAtOnce = ingress::receive_returns_at_once_when_nothing_is_there, needs [MonotonicAdvances];
    MessageWhole = ingress::received_message_is_whole_from_its_header_on, needs [ReceiveAtOnce];
    MessagePort = ingress::received_message_names_its_port, needs [MessageWhole];
    MessageOnce = ingress::several_messages_are_each_received_once, needs [MessageWhole];
    SmallBuffer = ingress::message_beyond_the_buffer_is_refused_and_the_next_comes, needs [MessageOnce];
    IngressStamp = ingress::received_event_message_is_stamped_when_it_arrived, needs [MessageWhole, ClockAdvances];
    IngressPairing = ingress::ingress_stamps_belong_to_their_messages, needs [IngressStamp, MessageOnce];
    GeneralIngress = ingress::received_general_message_has_no_stamp, needs [MessageWhole];
    ReceivedFor = ingress::received_message_tells_whom_it_was_for_or_nothing, needs [MessageWhole];
    LostIngress = ingress::lost_ingress_stamp_is_none, needs [IngressStamp];
    EgressAtOnce = egress::poll_egress_returns_at_once_when_nothing_is_there, needs [MonotonicAdvances];
    SendAtOnce = egress::send_does_not_wait, needs [EgressAtOnce];
    SentWhole = egress::sent_message_arrives_whole, needs [SendAtOnce];
    SentFor = egress::sent_message_goes_to_its_destination, needs [SentWhole];
    EgressTicket = egress::egress_stamp_comes_back_under_its_ticket, needs [SendAtOnce];
    EgressInFlight = egress::egress_stamps_of_several_in_flight_come_back, needs [EgressTicket];
    EgressOnce = egress::egress_stamp_comes_back_only_once, needs [EgressTicket];
    EgressStamp = egress::egress_stamp_is_of_when_the_message_left, needs [EgressTicket, ClockAdvances];
    EgressPairing = egress::egress_stamps_belong_to_their_messages, needs [EgressStamp, EgressInFlight];
    GeneralEgress = egress::general_message_gives_no_egress_stamp, needs [SendAtOnce];
    LostEgress = egress::lost_egress_stamp_is_none_or_never_comes, needs [EgressStamp];
    ForwardWhole = passing::forwarded_message_arrives_whole, needs [SentWhole];
    ForwardStamp = passing::forwarded_event_message_is_stamped_when_it_left, needs [EgressStamp, ForwardWhole];
    OneStepSync = one_step::one_step_sync_tells_when_it_left, needs [SentWhole, ClockAdvances];
    OneStepPdelayResp = one_step::one_step_pdelay_resp_tells_its_turnaround, needs [SentWhole, IngressStamp];
    OneStepResidence = one_step::one_step_residence_is_added_to_what_passes, needs [ForwardWhole, IngressStamp];
    FrequencyAbsolute = clock::frequency_is_absolute, needs [ClockAdvances, Limits];
    FrequencySign = clock::positive_frequency_is_faster, needs [FrequencyAbsolute];
    FrequencySize = clock::frequency_has_its_size, needs [FrequencySign];
    FrequencyLimit = clock::frequency_beyond_the_limit_is_refused, needs [FrequencyAbsolute];
    IngressFrequency = ingress::ingress_stamps_follow_the_frequency, needs [IngressStamp, FrequencySize];
    EgressFrequency = egress::egress_stamps_follow_the_frequency, needs [EgressStamp, FrequencySize];
    FixedClock = clock::clock_that_cannot_step_refuses, needs [ClockAdvances];
    MonotonicUnstepped = clock::monotonic_ignores_steps, needs [MonotonicAdvances];
    StepForward = clock::positive_step_moves_forward, needs [ClockAdvances, MonotonicUnstepped];
    StepBack = clock::negative_step_moves_back, needs [StepForward];
    StepCarry = clock::steps_carry_over_the_second, needs [StepForward, StepBack];
    StepRate = clock::step_keeps_the_rate, needs [StepForward, FrequencySize];
    IngressStep = ingress::ingress_stamps_follow_steps, needs [IngressFrequency, StepForward];
    EgressStep = egress::egress_stamps_follow_steps, needs [EgressFrequency, StepForward];
    ClockReadings = clock::clock_readings_are_whole, needs [ClockAdvances];
}

impl Check {
    #[expect(clippy::as_conversions, reason = "the discriminant of a repr(u8) enum")]
    pub(super) fn index(self) -> usize {
        usize::from(self as u8)
    }
}
