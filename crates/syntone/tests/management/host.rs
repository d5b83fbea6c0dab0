//! What management asks of the host: words, storage and time.

use crate::bench::{Answer, Bench, raw};
use core::time::Duration;
use syntone::hal::{ClockLimits, Destination, EgressStamp, FrequencyOffset, Instant, PortIndex, Timestamp};
use syntone::management::{Access, Description, HostRequest, Outcome, Response};
use syntone::reference::{Degradation, HoldoverUpgrade};
use syntone::servo::Adjustment;
use syntone::wire::layout::PtpText;
use syntone::wire::management::{HoldoverUpgradeEnable, NoData, Time, UserDescription};
use syntone::wire::{
    ClockIdentity, ManagementAction, ManagementData, ManagementErrorId, ManagementId, MessageType, WireTimestamp,
};
use syntone::{ClockConfig, Event, Input, Output};

const REFUSED: Answer = Answer::Refused(ManagementErrorId::NOT_SUPPORTED);

fn words(text: &str) -> ManagementData<'_> {
    ManagementData::UserDescription(UserDescription { user_description: text.into() })
}

/// IEEE 1588-2019 15.5.3.1.3, IEEE 1588-2019 8.2.5.4
#[test]
fn the_owners_words_are_set_as_far_as_the_host_lends_room() {
    static DESCRIPTION: Description = Description { user_description: "roof", ..Description::UNKNOWN };
    let mut bench = Bench::<2>::new(Access::ReadWrite);
    bench.clock.set_description(&DESCRIPTION);
    assert_eq!(bench.set(words("cellar")), REFUSED);
    bench.clock.lend_user_description(Box::leak(Box::new([0; 8])));
    assert_eq!(bench.get(ManagementId::USER_DESCRIPTION), Answer::Data(b"\x04roof\0".to_vec()));
    assert_eq!(bench.set(words("cellar")), Answer::Data(b"\x06cellar\0".to_vec()));
    assert_eq!(bench.clock.user_description(), b"cellar");
    assert_eq!(bench.set(words("nine long")), Answer::Refused(ManagementErrorId::WRONG_VALUE));
    let lying = bench.give(0, &raw(ManagementAction::SET, ManagementId::USER_DESCRIPTION.0, &[9, b'x']));
    let outcome = Response::parse(&lying[0].2).unwrap().outcome;
    assert_eq!(outcome, Outcome::Refused(ManagementErrorId::WRONG_LENGTH));
    assert_eq!(bench.clock.user_description(), b"cellar", "what is refused changes nothing");
    let answers = bench.give(0, &raw(ManagementAction::GET, ManagementId::CLOCK_DESCRIPTION.0, &[]));
    let Outcome::Data(ManagementData::ClockDescription(told)) = Response::parse(&answers[0].2).unwrap().outcome else {
        panic!("{answers:?}")
    };
    assert_eq!(told.user_description, PtpText(b"cellar"));
    assert_eq!(bench.set(words("")), Answer::Data(vec![0, 0]));
}

/// IEEE 1588-2019 8.2.5.4
#[test]
fn words_have_no_more_than_128_octets() {
    let mut bench = Bench::<1>::new(Access::ReadWrite);
    bench.clock.lend_user_description(Box::leak(Box::new([0; 255])));
    let [longest, longer] = [128, 129].map(|length| "x".repeat(length));
    assert!(matches!(bench.set(words(&longest)), Answer::Data(data) if data.len() == 130));
    assert_eq!(bench.set(words(&longer)), Answer::Refused(ManagementErrorId::WRONG_VALUE));
}

/// IEEE 1588-2019 15.5.3.1.4, IEEE 1588-2019 15.5.3.1.5
#[test]
fn a_host_that_can_keep_settings_is_asked_to() {
    let mut bench = Bench::<1>::new(Access::ReadWrite);
    let save = ManagementData::SaveInNonVolatileStorage(NoData);
    assert_eq!(bench.command(save), REFUSED);
    assert_eq!(bench.clock.take_host_request(), None);
    bench.clock.offer_storage();
    assert_eq!(bench.command(save), Answer::Done);
    assert_eq!(bench.clock.take_host_request(), Some(HostRequest::Save));
    assert_eq!(bench.clock.take_host_request(), None, "once");
    assert_eq!(bench.command(ManagementData::ResetNonVolatileStorage(NoData)), Answer::Done);
    assert_eq!(bench.clock.take_host_request(), Some(HostRequest::Reset));
}

/// IEEE 1588-2019 16.4.3
#[test]
fn holdover_upgrade_is_a_matter_of_a_host_that_can_do_it() {
    let mut bench = Bench::<1>::new(Access::ReadWrite);
    let enable = ManagementData::HoldoverUpgradeEnable(HoldoverUpgradeEnable { enable: true });
    assert_eq!((bench.get(ManagementId::HOLDOVER_UPGRADE_ENABLE), bench.set(enable)), (REFUSED, REFUSED));
    let settings = HoldoverUpgrade {
        enable: false,
        specification: Duration::from_secs(60),
        degradation: Degradation::MaySlave,
        quality: ClockConfig::new(ClockIdentity(1)).clock_quality,
    };
    bench.clock.set_holdover_upgrade(bench.now, settings).expect("it is no slave-only clock");
    assert_eq!(bench.get(ManagementId::HOLDOVER_UPGRADE_ENABLE), Answer::Data(vec![0, 0]));
    assert_eq!(bench.set(enable), Answer::Data(vec![1, 0]));
    assert!(bench.clock.holdover_upgrade().is_some_and(|settings| settings.enable));
}

/// What a runner and a board do: sends Syncs, stamps them with the time of the board, makes steps.
struct Board {
    bench: Bench<1>,
    /// The time of the board where the monotonic time is 0.
    zero: Timestamp,
    answers: Vec<Vec<u8>>,
}

const START: u64 = 1_700_000_000_123_456_789;

impl Board {
    fn new() -> Self {
        let bench = Bench::grandmaster(Access::ReadWrite);
        let mut board = Self { bench, zero: Timestamp::from_nanos(START), answers: Vec::new() };
        let limits = ClockLimits { max_frequency: FrequencyOffset::ZERO, can_step: true };
        board.bench.clock.handle(board.bench.now, Input::Start(limits));
        board
    }

    fn time(&self, at: Instant) -> Timestamp {
        self.zero.offset_nanos(i64::try_from(at.nanos()).unwrap())
    }

    fn wait(&mut self, milliseconds: u64) {
        self.bench.now = self.bench.now.plus_nanos(milliseconds * 1_000_000);
        self.drain();
    }

    fn drain(&mut self) {
        let now = self.bench.now;
        loop {
            match self.bench.clock.poll(now, &mut self.bench.buffer) {
                Output::Wait(_) => return,
                Output::Send { transmit, length } => {
                    if self.bench.buffer[0] & 0x0F == MessageType::MANAGEMENT.0 {
                        assert_eq!(transmit.destination, Destination::PrimaryMulticast);
                        self.answers.push(self.bench.buffer[..length].to_vec());
                    }
                    if let Some(ticket) = transmit.ticket {
                        let stamp = Some(self.time(now));
                        self.bench.clock.handle(now, Input::Egress(EgressStamp { ticket, stamp }));
                    }
                }
                Output::Adjust(adjustment) => {
                    if let Some(nanoseconds) = adjustment.step {
                        self.zero = self.zero.offset_nanos(nanoseconds);
                    }
                    let effective = Adjustment { frequency: None, ..adjustment };
                    self.bench.clock.handle(now, Input::Adjusted(effective));
                }
                Output::Event(Event::Stepped(_) | _) => {}
            }
        }
    }

    fn ask(&mut self, action: ManagementAction, data: &[u8]) -> Outcome<'_> {
        self.answers.clear();
        self.bench.put(0, &raw(action, ManagementId::TIME.0, data));
        self.drain();
        Response::parse(&self.answers[0]).expect("an answer").outcome
    }
}

fn told(outcome: Outcome<'_>) -> WireTimestamp {
    let Outcome::Data(ManagementData::Time(Time { current_time })) = outcome else { panic!("{outcome:?}") };
    current_time
}

/// 2030-01-01, and half a second.
const WANTED: [u8; 10] = [0, 0, 0x70, 0xDB, 0xD8, 0x80, 0x1D, 0xCD, 0x65, 0x00];

/// IEEE 1588-2019 15.5.3.2.1
#[test]
fn the_time_is_that_of_the_stamps_and_goes_on_between_them() {
    let mut board = Board::new();
    board.wait(1_000);
    // The last Sync was stamped up to a second ago.
    for milliseconds in [1, 300, 555] {
        board.wait(milliseconds);
        let now = board.time(board.bench.now);
        assert_eq!(told(board.ask(ManagementAction::GET, &[])), WireTimestamp::from(now), "{milliseconds}");
    }
}

/// IEEE 1588-2019 15.5.3.2.1
#[test]
fn the_time_of_a_grandmaster_is_set_where_its_host_allows_it() {
    let mut board = Board::new();
    board.wait(1_500);
    assert_eq!(board.ask(ManagementAction::SET, &WANTED), Outcome::Refused(ManagementErrorId::NOT_SUPPORTED));
    board.bench.clock.allow_setting_time();
    let broken = [&WANTED[..6], &[0x3B, 0x9A, 0xCA, 0]].concat();
    assert_eq!(board.ask(ManagementAction::SET, &broken), Outcome::Refused(ManagementErrorId::WRONG_VALUE));
    assert_eq!(board.ask(ManagementAction::SET, &WANTED[..8]), Outcome::Refused(ManagementErrorId::WRONG_LENGTH));
    let before = board.time(board.bench.now);
    assert_eq!(told(board.ask(ManagementAction::GET, &[])), WireTimestamp::from(before), "nothing was stepped");
    let wanted = WireTimestamp { seconds: 0x70DB_D880, nanoseconds: 500_000_000 };
    assert_eq!(told(board.ask(ManagementAction::SET, &WANTED)), wanted, "the value in effect");
    assert_eq!(WireTimestamp::from(board.time(board.bench.now)), wanted, "the board was stepped");
    board.wait(1_700);
    let now = WireTimestamp::from(board.time(board.bench.now));
    assert_eq!(told(board.ask(ManagementAction::GET, &[])), now, "stamps after the step tell the same");
}

#[test]
fn a_clock_that_cannot_be_stepped_refuses_another_time() {
    let mut board = Board::new();
    let limits = ClockLimits { max_frequency: FrequencyOffset::ZERO, can_step: false };
    board.bench.clock.handle(board.bench.now, Input::Start(limits));
    board.bench.clock.allow_setting_time();
    board.wait(1_500);
    assert_eq!(board.ask(ManagementAction::SET, &WANTED), Outcome::Refused(ManagementErrorId::NOT_SUPPORTED));
    assert_eq!(board.bench.clock.port_ds(PortIndex(0)).unwrap().port_state.number(), 6);
}
