//! Management data that the daemon of Syntone adds (NP: not portable).

use crate::wire::PortIdentity;
use crate::wire::layout::{PtpText, layout};

layout! {
    /// SYNTONE_STATUS_NP: what no other id tells of a clock that follows a master.
    SyntoneStatusNp {
        /// The frequency that keeps pace with the master, in units of 2⁻¹⁶ ppm; the lowest value if it is not known.
        frequency: i32 => Frequency;
        /// 0 no lock, 1 locked, 2 holdover.
        servo_state: u8 => ServoState, 1 reserved;
        /// Nanoseconds since offsetFromMaster was measured; the highest value if it never was.
        offset_age: u64 => OffsetAge;
    }

    /// SYNTONE_PORT_STATUS_NP: what is wrong with a port, in words.
    SyntonePortStatusNp<'a> {
        /// The port.
        port_identity: PortIdentity => PortIdentity;
        /// Cause and cure; empty if nothing is wrong.
        trouble: PtpText<'a> => Trouble;
    }
}
