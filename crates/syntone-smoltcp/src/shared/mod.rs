//! PTP beside the sockets of smoltcp, on one device.

mod route;

use crate::{FrameInterface, Outgoing, SliceFrame};
use route::Route;
use smoltcp::phy::{Device, DeviceCapabilities, PacketMeta, RxToken, TxToken};
use smoltcp::time::Instant as SmoltcpInstant;
use syntone_hal::{
    ClockHal, ClockLimits, EgressStamp, ErrorKind, FrequencyOffset, Instant, PortCapabilities, PortIndex, Ticket,
    Timestamp, TimestampHal,
};

/// Event messages whose stamp is awaited at the same time.
const IN_FLIGHT: usize = 8;
/// Packet ids with this bit are ours.
const OURS: u32 = 1 << 31;
/// The shortest frame, without its check sequence.
const SHORTEST: usize = 60;

/// A smoltcp device whose hardware stamps frames, which it tells apart by their packet ids.
pub trait StampingDevice: Device {
    /// The ingress time stamp of the frame whose receive token had the packet id `id`, `None` if it was lost. Asked once,
    /// before the next frame is taken.
    fn ingress_stamp(&mut self, id: u32) -> Option<Timestamp>;

    /// The next egress time stamp that has become known, with the packet id of its frame: of those whose transmit token was
    /// given an id other than 0.
    fn egress_stamp(&mut self) -> Option<(u32, Option<Timestamp>)>;

    /// What it can stamp; constant.
    fn stamping(&self) -> PortCapabilities;

    /// The station address.
    fn station(&self) -> [u8; 6];

    /// Whether there is a link. Asked at every turn of the loop.
    fn link_up(&mut self) -> bool {
        true
    }
}

/// A frame that waits for the protocol.
#[derive(Clone, Copy, Debug)]
struct Waiting<const LENGTH: usize> {
    octets: [u8; LENGTH],
    length: usize,
    stamp: Option<Timestamp>,
    /// Its stamp has not been asked for yet.
    id: Option<u32>,
}

/// The frames that wait, oldest first; the first one is that which was handed out last.
#[derive(Clone, Copy, Debug)]
struct Queue<const SLOTS: usize, const LENGTH: usize> {
    slots: [Waiting<LENGTH>; SLOTS],
    first: usize,
    count: usize,
    lost: u32,
}

impl<const SLOTS: usize, const LENGTH: usize> Queue<SLOTS, LENGTH> {
    const EMPTY: Waiting<LENGTH> = Waiting { octets: [0; LENGTH], length: 0, stamp: None, id: None };

    fn slot(&mut self, place: usize) -> Option<&mut Waiting<LENGTH>> {
        let index = self.first.wrapping_add(place).checked_rem(SLOTS)?;
        self.slots.get_mut(index)
    }

    fn push(&mut self, frame: &[u8], id: u32) {
        if self.put(frame, id).is_none() {
            self.lost = self.lost.wrapping_add(1);
        }
    }

    /// `None` where there is no room.
    fn put(&mut self, frame: &[u8], id: u32) -> Option<()> {
        let place = Some(self.count).filter(|count| *count < SLOTS)?;
        let slot = self.slot(place)?;
        slot.octets.get_mut(..frame.len())?.copy_from_slice(frame);
        (slot.length, slot.id) = (frame.len(), Some(id));
        self.count = place.wrapping_add(1);
        Some(())
    }

    fn pop(&mut self) -> Option<&Waiting<LENGTH>> {
        self.count = self.count.checked_sub(1)?;
        let index = self.first;
        self.first = index.wrapping_add(1).checked_rem(SLOTS)?;
        self.slots.get(index)
    }
}

/// One device for the sockets of an application and for PTP: it is the `Device` of a smoltcp interface and, through
/// [`Raw`](crate::Raw), the port of a PTP clock.
///
/// Frames of PTP (EtherType 0x88F7, UDP ports 319 and 320) are diverted before smoltcp sees them, and those of PTP leave past it:
/// so their stamps are not subject to what smoltcp does to packet ids (lost where a neighbour is looked for or a packet is in
/// fragments), and the application's sockets and PTP do not wait for each other. Queries for groups and answers to who has an
/// address are shown to both. smoltcp alone answers who asks for the address that both use.
///
/// `clock` is the PTP clock that the device stamps with. `SLOTS` frames of up to `LENGTH` octets wait for the protocol; what is
/// beyond is counted in [`Shared::lost`].
///
/// Frames are taken from the device by smoltcp's interface alone. Poll it frame by frame, so that a flood does not keep the loop:
///
/// ```
/// # use smoltcp::{iface::{Interface, SocketSet}, time::Instant};
/// # use syntone_hal::ClockHal;
/// # use syntone_smoltcp::{Ethernet, Raw, Shared, StampingDevice};
/// fn turn<D: StampingDevice, C: ClockHal>(
///     ptp: &mut Raw<Shared<D, C>, Ethernet>,
///     interface: &mut Interface,
///     sockets: &mut SocketSet<'_>,
///     now: Instant,
/// ) {
///     for _ in 0..8 {
///         interface.poll_ingress_single(now, ptp.interface(), sockets);
///     }
///     interface.poll_egress(now, ptp.interface(), sockets);
///     // And then: runner.turn(&mut clock, ptp, &mut |event| {})
/// }
/// ```
///
/// smoltcp wants a free place in the transmit ring for each frame that it takes: while the ring is full nothing is received,
/// PTP neither; what waits is taken when the ring has room. Packet ids with the highest bit belong to PTP.
#[derive(Debug)]
pub struct Shared<D, C, const SLOTS: usize = 4, const LENGTH: usize = 320> {
    device: D,
    clock: C,
    queue: Queue<SLOTS, LENGTH>,
    /// The packet ids of the event messages under way, each at the place that its lowest bits name, and their tickets.
    in_flight: [Option<(u32, u32)>; IN_FLIGHT],
    last_id: u32,
}

impl<D: StampingDevice, C: ClockHal, const SLOTS: usize, const LENGTH: usize> Shared<D, C, SLOTS, LENGTH> {
    /// Both on `device`, which stamps by `clock`.
    pub const fn new(device: D, clock: C) -> Self {
        let queue = Queue { slots: [Queue::<SLOTS, LENGTH>::EMPTY; SLOTS], first: 0, count: 0, lost: 0 };
        Self { device, clock, queue, in_flight: [None; IN_FLIGHT], last_id: 0 }
    }

    /// The device.
    pub const fn device(&mut self) -> &mut D {
        &mut self.device
    }

    /// The clock.
    pub const fn clock(&mut self) -> &mut C {
        &mut self.clock
    }

    /// Frames of PTP that found no room in the queue or were longer than its places. The count wraps.
    pub const fn lost(&self) -> u32 {
        self.queue.lost
    }

    /// Asks for the stamp of the frame that was diverted last: the device may forget it with the next frame.
    fn fetch_stamp(&mut self) {
        let Some(last) = self.queue.count.checked_sub(1) else { return };
        let Some(slot) = self.queue.slot(last) else { return };
        if let Some(id) = slot.id.take() {
            slot.stamp = self.device.ingress_stamp(id);
        }
    }

    fn slot_of(&mut self, id: u32) -> Option<&mut Option<(u32, u32)>> {
        let place = usize::try_from(id).ok()?.checked_rem(IN_FLIGHT)?;
        self.in_flight.get_mut(place)
    }
}

impl<D: StampingDevice, C: ClockHal, const SLOTS: usize, const LENGTH: usize> Device for Shared<D, C, SLOTS, LENGTH> {
    type RxToken<'a>
        = ReceiveToken<'a, D::RxToken<'a>, SLOTS, LENGTH>
    where
        Self: 'a;
    type TxToken<'a>
        = TransmitToken<D::TxToken<'a>>
    where
        Self: 'a;

    fn receive(&mut self, now: SmoltcpInstant) -> Option<(Self::RxToken<'_>, Self::TxToken<'_>)> {
        self.fetch_stamp();
        let (receive, send) = self.device.receive(now)?;
        Some((ReceiveToken { token: receive, queue: &mut self.queue }, TransmitToken(send)))
    }

    fn transmit(&mut self, now: SmoltcpInstant) -> Option<Self::TxToken<'_>> {
        self.device.transmit(now).map(TransmitToken)
    }

    fn capabilities(&self) -> DeviceCapabilities {
        self.device.capabilities()
    }
}

/// A received frame: smoltcp's or ours.
#[derive(Debug)]
pub struct ReceiveToken<'a, T, const SLOTS: usize, const LENGTH: usize> {
    token: T,
    queue: &'a mut Queue<SLOTS, LENGTH>,
}

impl<T: RxToken, const SLOTS: usize, const LENGTH: usize> RxToken for ReceiveToken<'_, T, SLOTS, LENGTH> {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, take: F) -> R {
        let id = self.token.meta().id;
        let queue = self.queue;
        self.token.consume(|frame| match Route::of(frame) {
            Route::Application => take(frame),
            Route::Both => {
                queue.push(frame, id);
                take(frame)
            }
            Route::Ptp => {
                queue.push(frame, id);
                // smoltcp passes over a frame without octets.
                take(&[])
            }
        })
    }

    fn meta(&self) -> PacketMeta {
        self.token.meta()
    }
}

/// Room for a frame of the application.
#[derive(Debug)]
pub struct TransmitToken<T>(T);

impl<T: TxToken> TxToken for TransmitToken<T> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, write: F) -> R {
        self.0.consume(length, write)
    }

    fn set_meta(&mut self, mut meta: PacketMeta) {
        meta.id &= !OURS;
        self.0.set_meta(meta);
    }
}

impl<D: StampingDevice, C: ClockHal, const SLOTS: usize, const LENGTH: usize> FrameInterface
    for Shared<D, C, SLOTS, LENGTH>
{
    type Error = ErrorKind;
    type Frame<'a>
        = SliceFrame<'a>
    where
        Self: 'a;

    fn receive(&mut self) -> Result<Option<SliceFrame<'_>>, ErrorKind> {
        self.fetch_stamp();
        let Some(waiting) = self.queue.pop() else { return Ok(None) };
        let octets = waiting.octets.get(..waiting.length).unwrap_or(&[]);
        Ok(Some(SliceFrame::new(PortIndex(0), octets, waiting.stamp)))
    }

    fn send(&mut self, _: PortIndex, frame: Outgoing<'_>, ticket: Option<Ticket>) -> Result<(), ErrorKind> {
        if frame.one_step.is_some() {
            return Err(ErrorKind::Unsupported);
        }
        let id = self.last_id.wrapping_add(1) | OURS;
        let now = SmoltcpInstant::from_micros(
            i64::try_from(self.clock.monotonic().nanos().wrapping_div(1_000)).unwrap_or(i64::MAX),
        );
        let mut token = self.device.transmit(now).ok_or(ErrorKind::Busy)?;
        if ticket.is_some() {
            let mut meta = PacketMeta::default();
            meta.id = id;
            token.set_meta(meta);
        }
        let sent = token.consume(frame.length().max(SHORTEST), |octets| {
            octets.fill(0);
            frame.copy_into(octets)
        });
        if let (Some(_), Some(ticket)) = (sent, ticket) {
            self.last_id = id;
            if let Some(slot) = self.slot_of(id) {
                *slot = Some((id, ticket.into_raw()));
            }
        }
        Ok(())
    }

    fn link_up(&mut self, _: PortIndex) -> bool {
        self.device.link_up()
    }

    fn station(&self, _: PortIndex) -> [u8; 6] {
        self.device.station()
    }
}

impl<D: StampingDevice, C: ClockHal, const SLOTS: usize, const LENGTH: usize> TimestampHal
    for Shared<D, C, SLOTS, LENGTH>
{
    type Error = ErrorKind;

    fn poll_egress(&mut self) -> Result<Option<EgressStamp>, ErrorKind> {
        // Stamps of the application's frames are passed over, a few at a time.
        for _ in 0..IN_FLIGHT {
            let Some((id, stamp)) = self.device.egress_stamp() else { return Ok(None) };
            let slot = self.slot_of(id).and_then(|slot| slot.take_if(|(pending, _)| *pending == id));
            if let Some((_, ticket)) = slot {
                return Ok(Some(EgressStamp { ticket: Ticket::from_raw(ticket), stamp }));
            }
        }
        Ok(None)
    }

    fn capabilities(&self, _: PortIndex) -> PortCapabilities {
        let capabilities = self.device.stamping();
        PortCapabilities {
            one_step_sync: false,
            one_step_pdelay_resp: false,
            one_step_residence: false,
            ..capabilities
        }
    }
}

impl<D: StampingDevice, C: ClockHal, const SLOTS: usize, const LENGTH: usize> ClockHal for Shared<D, C, SLOTS, LENGTH> {
    type Error = C::Error;

    fn monotonic(&mut self) -> Instant {
        self.clock.monotonic()
    }

    fn now(&mut self) -> Result<Timestamp, C::Error> {
        self.clock.now()
    }

    fn step(&mut self, nanoseconds: i64) -> Result<(), C::Error> {
        self.clock.step(nanoseconds)
    }

    fn set_frequency(&mut self, frequency: FrequencyOffset) -> Result<(), C::Error> {
        self.clock.set_frequency(frequency)
    }

    fn limits(&self) -> ClockLimits {
        self.clock.limits()
    }
}
