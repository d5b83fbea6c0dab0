//! Control messages: what the kernel says beside a message.

use super::time::nanos;

/// What the control messages of one received message said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Control {
    /// The software time stamp, nanoseconds on the kernel's time of day.
    pub(crate) software_stamp: Option<i64>,
    /// The hardware time stamp, nanoseconds on the clock of the interface.
    pub(crate) hardware_stamp: Option<i64>,
    /// In the error queue: the number of the message that was stamped as it left.
    pub(crate) transmit_id: Option<u32>,
    /// Some control messages did not fit and are lost.
    pub(crate) truncated: bool,
}

/// Room for control messages, aligned for their headers. Not less than 256 octets: simulators of the C library write
/// more than the kernel does.
#[repr(C, align(16))]
pub(super) struct Space([u8; 512]);

impl Space {
    pub(super) const fn new() -> Self {
        Self([0; 512])
    }

    /// Lets `header` use this space; it must outlive the use of `header`.
    pub(super) fn attach(&mut self, header: &mut libc::msghdr) {
        header.msg_control = self.0.as_mut_ptr().cast();
        header.msg_controllen = self.0.len() as _;
    }
}

/// Reads the control messages that `recvmsg` has left.
///
/// # Safety
/// `header` was filled by a successful `recvmsg`, and the control space it points to is alive and unchanged.
pub(super) unsafe fn read(header: &libc::msghdr) -> Control {
    let mut found = Control { truncated: header.msg_flags & libc::MSG_CTRUNC != 0, ..Control::default() };
    // SAFETY: by this function's own condition.
    let mut next = unsafe { libc::CMSG_FIRSTHDR(header) };
    // SAFETY: the macros give null or a header that lies whole within the control space.
    while let Some(message) = unsafe { next.as_ref() } {
        // SAFETY: `message` is a control message of `header`.
        unsafe { read_one(message, &mut found) };
        // SAFETY: as above.
        next = unsafe { libc::CMSG_NXTHDR(header, message) };
    }
    found
}

/// # Safety
/// `message` lies within a control space, with its payload behind it.
unsafe fn read_one(message: &libc::cmsghdr, found: &mut Control) {
    match (message.cmsg_level, message.cmsg_type) {
        (libc::SOL_SOCKET, libc::SO_TIMESTAMPING) => {
            // Three stamps: software, an obsolete one, hardware.
            // SAFETY: by this function's own condition; the payload of this type is three `timespec`s.
            if let Some(stamps) = unsafe { payload::<[libc::timespec; 3]>(message) } {
                let [software, _, hardware] = stamps.each_ref().map(nanos);
                found.software_stamp = (software != 0).then_some(software);
                found.hardware_stamp = (hardware != 0).then_some(hardware);
            }
        }
        (libc::IPPROTO_IP, libc::IP_RECVERR)
        | (libc::IPPROTO_IPV6, libc::IPV6_RECVERR)
        | (libc::SOL_PACKET, libc::PACKET_TX_TIMESTAMP) => {
            // SAFETY: by this function's own condition; the payload of these types begins with this structure.
            if let Some(error) = unsafe { payload::<libc::sock_extended_err>(message) } {
                let stamp = error.ee_origin == libc::SO_EE_ORIGIN_TIMESTAMPING && error.ee_info == SCM_TSTAMP_SND;
                found.transmit_id = stamp.then_some(error.ee_data);
            }
        }
        _ => {}
    }
}

/// The stamp was taken as the message left the driver (`linux/errqueue.h`).
const SCM_TSTAMP_SND: u32 = 0;

/// # Safety
/// `message` lies within a control space, with its payload behind it, and a payload of its type begins with a `T`.
unsafe fn payload<T: Copy>(message: &libc::cmsghdr) -> Option<T> {
    // SAFETY: CMSG_LEN only computes.
    let needed = unsafe { libc::CMSG_LEN(u32::try_from(size_of::<T>()).ok()?) };
    if u64::from(needed) > message.cmsg_len as u64 {
        return None;
    }
    // SAFETY: the payload is long enough by the check above, and may lie unaligned.
    Some(unsafe { libc::CMSG_DATA(message).cast::<T>().read_unaligned() })
}
