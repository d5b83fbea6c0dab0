//! What is wanted at each of the nine places of `mac.rs`, what goes wrong there on real chips, and which check shows it.

/// Seconds and nanoseconds as the hardware holds them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawStamp {
    /// Seconds; most hardware keeps 32 bits of them.
    pub seconds: u32,
    /// Nanoseconds, below 10⁹. Hardware in binary rollover mode counts 2³¹ to the second: convert here.
    pub nanos: u32,
}

/// What the hardware says of a frame that it received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameInfo {
    /// Octets of the frame, from the destination address on, without the checksum; also where that is more than fitted.
    pub length: usize,
    /// Its ingress time stamp, if the hardware took one.
    pub stamp: Option<RawStamp>,
}

/// The hardware, in nine places. None of them waits for anything without a bound.
pub trait Chip {
    /// Nominal addend: what is added per input clock for a clock that runs as its oscillator does; 2³² · 10⁹ / (f · i), where the unit has
    /// f input clocks in a second and the time goes on by i nanoseconds for each overflow. Choose i so that it is well below 2³².
    const NOMINAL_ADDEND: u32;
    /// The largest frequency offset in parts per 10⁹ that the addend can make without overflow: (2³² / nominal − 1) · 10⁹, or less.
    const MAX_PPB: i32;

    /// **(1)** Nanoseconds of a free-running counter, in 64 bits.
    ///
    /// Not the PTP clock: that jumps. A 32-bit counter must be extended, in an interrupt or by being read often enough.
    /// Shown by `monotonic_never_goes_back`, `monotonic_advances_with_time` (ticks for nanoseconds), `monotonic_ignores_steps`.
    fn monotonic_nanos(&mut self) -> u64;

    /// **(2)** The two registers of the PTP clock, read once: seconds first, then nanoseconds.
    ///
    /// The second may turn over in between; [`Board`](crate::Board) reads twice for that. If your hardware latches one register
    /// when the other is read, keep to its order. Shown by `clock_readings_are_whole`.
    fn read_clock(&mut self) -> RawStamp;

    /// **(3)** Adds to the PTP clock, or takes away, in one step; `nanos` is below 10⁹.
    ///
    /// The update registers of many MACs hold a sign of their own, and to take away in decimal rollover mode some want
    /// 10⁹ − `nanos`. Wait for the last update to be taken over, with a bound. Shown by `positive_step_moves_forward`,
    /// `negative_step_moves_back`, `steps_carry_over_the_second`.
    fn step_clock(&mut self, forward: bool, seconds: u32, nanos: u32);

    /// **(4)** Sets the addend.
    ///
    /// On some chips it takes effect only after an update bit is set. Shown by `frequency_is_absolute`,
    /// `positive_frequency_is_faster`, `frequency_has_its_size`, `step_keeps_the_rate` (initialising anew resets it).
    fn set_addend(&mut self, addend: u32);

    /// **(5)** Takes the next received frame into `buffer`, or as much as fits; `None` if there is none.
    ///
    /// The stamp belongs to the same descriptor, or to a context descriptor behind the frame: take it before the descriptor goes
    /// back, and give `None`, never zero, where the hardware has none. Shown by `received_message_is_whole_from_its_header_on`,
    /// `received_event_message_is_stamped_when_it_arrived`, `ingress_stamps_belong_to_their_messages`,
    /// `lost_ingress_stamp_is_none`, `receive_returns_at_once_when_nothing_is_there`,
    /// `received_message_tells_whom_it_was_for_or_nothing`.
    fn take_frame(&mut self, buffer: &mut [u8]) -> Option<FrameInfo>;

    /// **(6)** Puts a frame into the transmit ring; with `tag`, its stamp is wanted under that number, 0 to 3. `false` if
    /// the ring is full.
    ///
    /// Asking for a stamp is often a bit in the first descriptor that must be set again for each frame. Short frames: let
    /// the hardware pad. Shown by `send_does_not_wait`, `sent_message_arrives_whole`, `sent_message_goes_to_its_destination`,
    /// `general_message_gives_no_egress_stamp`.
    fn put_frame(&mut self, frame: &[u8], tag: Option<u8>) -> bool;

    /// **(7)** The next transmit stamp that the hardware has written back, with the tag of its frame; `None` in the pair if
    /// it is known to be lost.
    ///
    /// The bit that says "stamp present" is not the bit that says "sent". Shown by
    /// `egress_stamp_comes_back_under_its_ticket`, `egress_stamp_comes_back_only_once`,
    /// `egress_stamps_of_several_in_flight_come_back`, `egress_stamps_belong_to_their_messages`.
    fn take_stamp(&mut self) -> Option<(u8, Option<RawStamp>)>;

    /// **(8)** Whether there is a link. Ask the PHY in an interrupt or now and then, not here each time.
    fn link_up(&mut self) -> bool;

    /// **(9)** The port's MAC address.
    ///
    /// Let the MAC's filter pass 01-1B-19-00-00-00 and 01-80-C2-00-00-0E.
    fn mac_address(&self) -> [u8; 6];
}
