//! A slave with an application beside it: sockets of smoltcp on the same controller.

use super::{BUFFER, port_config, servo};
use crate::board;
use crate::console;
use crate::nic::Nic;
use core::cell::RefCell;
use smoltcp::iface::{Config, Interface, PollIngressSingleResult, SocketHandle, SocketSet, SocketStorage};
use smoltcp::socket::tcp::{Socket, SocketBuffer};
use smoltcp::time::Instant as SmoltcpInstant;
use smoltcp::wire::{EthernetAddress, HardwareAddress, IpCidr, Ipv4Address};
use syntone::wire::ClockIdentity;
use syntone::{Clock, ClockConfig, Runner};
use syntone_hal::{ClockHal, Instant};
use syntone_smoltcp::{Ethernet, Raw, Shared};

const ADDRESS: Ipv4Address = Ipv4Address::new(10, 77, 0, 96);
/// The service that gives back what it gets (RFC 862).
const ECHO: u16 = 7;
/// Octets that wait in each direction.
const WINDOW: usize = 4_096;
/// Frames for PTP that wait at the most: no more are taken before PTP has looked.
const WAITING: usize = 4;

/// Follows a master over Ethernet and gives back what comes over TCP, for ever. `None` if the controller does not answer or the
/// settings are wrong.
pub fn follow_and_echo() -> Option<()> {
    let board = RefCell::new(board::open(board::STATION, board::wrong_clock())?);
    let nic = Nic::new(&board);
    let mut port: Raw<Shared<_, _, WAITING>, _> = Raw::new(Shared::new(nic, nic), Ethernet);
    let config = ClockConfig::slave_only(ClockIdentity::from_mac48(board::STATION));
    let mut clock: Clock = Clock::new(&config, &[port_config()], servo()?).ok()?;
    let mut runner: Runner<BUFFER> = Runner::new();

    let (mut received, mut to_send) = ([0; WINDOW], [0; WINDOW]);
    let socket = Socket::new(SocketBuffer::new(&mut received[..]), SocketBuffer::new(&mut to_send[..]));
    let mut places = [SocketStorage::EMPTY];
    let mut sockets = SocketSet::new(&mut places[..]);
    let echo = sockets.add(socket);
    let station = HardwareAddress::Ethernet(EthernetAddress(board::STATION));
    let mut interface = Interface::new(Config::new(station), port.interface(), SmoltcpInstant::ZERO);
    interface.update_ip_addrs(|addresses| {
        // There is room for one at least.
        let _ = addresses.push(IpCidr::new(ADDRESS.into(), 24));
    });

    let mut watch = console::Watch::default();
    loop {
        let now = smoltcp_time(port.monotonic());
        for _ in 0..WAITING {
            let taken = interface.poll_ingress_single(now, port.interface(), &mut sockets);
            if matches!(taken, PollIngressSingleResult::None) {
                break;
            }
        }
        serve(&mut sockets, echo);
        interface.poll_egress(now, port.interface(), &mut sockets);
        let wait = runner.turn(&mut clock, &mut port, &mut console::tell);
        if watch.look(&clock, &mut port) {
            console::shared(clock.syncs(), port.interface().lost());
        }
        let application = interface.poll_delay(now, &sockets).map(|delay| delay.total_micros().saturating_mul(1_000));
        let until = application.map_or(wait.until, |nanos| wait.until.min(port.monotonic().plus_nanos(nanos)));
        board.borrow_mut().sleep_until(until);
    }
}

/// Gives back what has come, as far as there is room, and listens again after the end of a connection.
fn serve(sockets: &mut SocketSet<'_>, echo: SocketHandle) {
    let socket: &mut Socket<'_> = sockets.get_mut(echo);
    if !socket.is_open() {
        let _ = socket.listen(ECHO);
    }
    while socket.can_recv() && socket.can_send() {
        let mut octets = [0; 256];
        let room = socket.send_capacity().saturating_sub(socket.send_queue()).min(octets.len());
        let Some(place) = octets.get_mut(..room) else { return };
        let Ok(count) = socket.recv_slice(place) else { return };
        let _ = place.get(..count).map(|octets| socket.send_slice(octets));
    }
    if socket.may_send() && !socket.may_recv() && socket.recv_queue() == 0 {
        socket.close();
    }
}

fn smoltcp_time(now: Instant) -> SmoltcpInstant {
    SmoltcpInstant::from_micros((now.nanos() / 1_000) as i64)
}
