//! Changes of interfaces, as the kernel tells them by netlink (`linux/rtnetlink.h`).

use super::{check, socket};
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

/// A socket that hears of every interface that changes, comes or goes.
#[derive(Debug)]
pub(crate) struct LinkMonitor(OwnedFd);

/// An interface has changed, come or gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LinkChange {
    pub(crate) index: i32,
    /// Where the kernel tells it.
    pub(crate) name: Option<String>,
}

/// What was heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// These changes.
    Changes(Vec<LinkChange>),
    /// More than there was room for: anything may have changed.
    TooMuch,
}

impl LinkMonitor {
    /// Begins to listen.
    ///
    /// # Errors
    /// Where netlink is missing or forbidden.
    pub(crate) fn open() -> io::Result<Self> {
        let socket = socket::open(libc::AF_NETLINK, libc::SOCK_RAW, libc::NETLINK_ROUTE)?;
        // SAFETY: an all-zero address is a valid value.
        let mut address: libc::sockaddr_nl = unsafe { std::mem::zeroed() };
        address.nl_family = libc::AF_NETLINK as libc::sa_family_t;
        address.nl_groups = libc::RTMGRP_LINK.cast_unsigned();
        let length = size_of::<libc::sockaddr_nl>() as libc::socklen_t;
        // SAFETY: `address` lives for the call and has this length.
        check(unsafe { libc::bind(socket.as_raw_fd(), (&raw const address).cast(), length) })?;
        Ok(Self(socket))
    }

    /// Takes one message of the kernel; `None` if there is none.
    pub(crate) fn next(&self) -> Option<Heard> {
        let mut buffer = [0; 16_384];
        match socket::receive(self.0.as_fd(), &mut buffer, 0) {
            Ok(message) => match buffer.get(..message.length) {
                Some(octets) => Some(Heard::Changes(parse(octets))),
                None => Some(Heard::TooMuch),
            },
            Err(error) if error.raw_os_error() == Some(libc::ENOBUFS) => Some(Heard::TooMuch),
            Err(_) => None,
        }
    }
}

impl AsFd for LinkMonitor {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// Header of a message: length, type, flags, sequence, sender.
const HEADER: usize = 16;
/// Then family, type, index, flags, changed flags.
const INTERFACE: usize = 16;
const IFLA_IFNAME: u16 = 3;

/// The changes of links in what the kernel has sent; whatever is malformed ends it.
fn parse(mut octets: &[u8]) -> Vec<LinkChange> {
    let mut changes = Vec::new();
    while let Some((message, rest)) = split_message(octets) {
        changes.extend(link_change(message));
        octets = rest;
    }
    changes
}

/// The first message, without what pads it, and what follows it.
fn split_message(octets: &[u8]) -> Option<(&[u8], &[u8])> {
    let length = usize::try_from(u32::from_ne_bytes(*octets.first_chunk()?)).ok()?;
    let message = octets.get(..length).filter(|message| message.len() >= HEADER)?;
    Some((message, octets.get(length.next_multiple_of(4)..).unwrap_or_default()))
}

fn link_change(message: &[u8]) -> Option<LinkChange> {
    let kind = u16::from_ne_bytes(*message.get(4..)?.first_chunk()?);
    if ![libc::RTM_NEWLINK, libc::RTM_DELLINK].contains(&kind) {
        return None;
    }
    let index = i32::from_ne_bytes(*message.get(HEADER + 4..)?.first_chunk()?);
    Some(LinkChange { index, name: name_in(message.get(HEADER + INTERFACE..)?) })
}

/// The name among the attributes.
fn name_in(mut attributes: &[u8]) -> Option<String> {
    loop {
        let length = usize::from(u16::from_ne_bytes(*attributes.first_chunk()?));
        let kind = u16::from_ne_bytes(*attributes.get(2..)?.first_chunk()?);
        let value = attributes.get(4..length)?;
        if kind == IFLA_IFNAME {
            let name = value.split(|octet| *octet == 0).next()?;
            return String::from_utf8(name.to_vec()).ok();
        }
        attributes = attributes.get(length.next_multiple_of(4)..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attribute(kind: u16, value: &[u8]) -> Vec<u8> {
        let length = u16::try_from(4 + value.len()).unwrap();
        let mut octets = [&length.to_ne_bytes()[..], &kind.to_ne_bytes(), value].concat();
        octets.resize(octets.len().next_multiple_of(4), 0);
        octets
    }

    fn message(kind: u16, index: i32, attributes: &[u8]) -> Vec<u8> {
        let length = u32::try_from(HEADER + INTERFACE + attributes.len()).unwrap();
        let header = [&length.to_ne_bytes()[..], &kind.to_ne_bytes(), &[0; 10]].concat();
        [&header[..], &[0; 4], &index.to_ne_bytes(), &[0; 8], attributes].concat()
    }

    fn change(index: i32, name: Option<&str>) -> LinkChange {
        LinkChange { index, name: name.map(str::to_owned) }
    }

    #[test]
    fn links_are_found_among_other_messages() {
        let named = [attribute(13, &[1, 2, 3, 4, 5]), attribute(IFLA_IFNAME, b"eth0\0")].concat();
        let octets = [
            message(libc::RTM_NEWLINK, 7, &named),
            message(libc::RTM_NEWADDR, 8, &named),
            message(libc::RTM_DELLINK, 9, &attribute(13, &[0])),
        ]
        .concat();
        assert_eq!(parse(&octets), [change(7, Some("eth0")), change(9, None)]);
    }

    #[test]
    fn what_is_cut_off_or_lies_about_its_length_ends_it() {
        let whole = message(libc::RTM_NEWLINK, 7, &attribute(IFLA_IFNAME, b"eth0\0"));
        for length in 0..whole.len() {
            assert_eq!(parse(&whole[..length]), []);
        }
        for lie in [0_u32, 1, 15, 20, 1_000_000, u32::MAX] {
            let mut octets = whole.clone();
            octets[..4].copy_from_slice(&lie.to_ne_bytes());
            assert!(parse(&octets).is_empty(), "{lie}");
        }
        for lie in [0_u16, 3, 8, 0xFFFF] {
            let mut octets = whole.clone();
            octets[32..34].copy_from_slice(&lie.to_ne_bytes());
            assert_eq!(parse(&octets).len(), 1);
        }
    }
}
