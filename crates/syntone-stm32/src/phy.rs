//! The PHY, through the management interface of the MAC.

use crate::block::Block;
use crate::registers::Registers;
use core::marker::PhantomData;
use syntone_hal::ErrorKind;

/// How often the interface is asked whether it is done: it takes 64 clocks of at most 2.5 MHz.
const PATIENCE: u32 = 10_000;
/// Frequencies of HCLK in MHz up to which a range of the interface's clock divider reaches, and the range, by the manuals.
const RANGES: [(u32, u32); 6] = [(35, 2), (60, 3), (100, 0), (150, 1), (250, 4), (300, 5)];

/// Registers of every PHY (IEEE 802.3 clause 22).
const CONTROL: u8 = 0;
const STATUS: u8 = 1;
const ADVERTISEMENT: u8 = 4;
/// Negotiation on, and begun anew.
const NEGOTIATE: u16 = 1 << 12 | 1 << 9;
/// 100BASE-TX in full duplex and nothing else: what the MAC is set to.
const FULL_DUPLEX_100: u16 = 1 << 8 | 1;
/// What comes from the MAC goes back to it, at 100 Mbit/s in full duplex and without a partner.
const LOOPED: u16 = 1 << 14 | 1 << 13 | 1 << 8;
const NEGOTIATED: u16 = 1 << 5;
const LINK: u16 = 1 << 2;

/// A PHY at the MAC `B`.
#[derive(Clone, Copy, Debug)]
pub struct Phy<B> {
    address: u8,
    range: u32,
    block: PhantomData<B>,
}

impl<B: Block> Phy<B> {
    /// The PHY that answers to `address` (0 on ST's boards), where HCLK has `hertz`; `None` below 20 MHz and above 300 MHz.
    #[must_use]
    pub fn new(address: u8, hertz: u32) -> Option<Self> {
        let range = RANGES.iter().find(|(limit, _)| hertz <= limit.saturating_mul(1_000_000))?.1;
        (hertz >= 20_000_000).then_some(Self { address, range, block: PhantomData })
    }

    /// Has it look for a partner of 100 Mbit/s in full duplex, which is what [`Port`](crate::Port) sets the MAC to.
    ///
    /// # Errors
    /// [`ErrorKind::Timeout`] if the interface does not get done.
    pub fn negotiate(&self, registers: &impl Registers) -> Result<(), ErrorKind> {
        self.write(registers, ADVERTISEMENT, FULL_DUPLEX_100)?;
        self.write(registers, CONTROL, NEGOTIATE)
    }

    /// Has it send back to the MAC what comes from there, until it negotiates: a bench that needs no partner.
    ///
    /// # Errors
    /// As [`Phy::negotiate`].
    pub fn loop_back(&self, registers: &impl Registers) -> Result<(), ErrorKind> {
        self.write(registers, CONTROL, LOOPED)
    }

    /// Whether there is a link, and it was not lost since the last call. Takes some 30 µs: ask some times in a second, and tell
    /// [`Port::link`](crate::Port::link).
    ///
    /// # Errors
    /// As [`Phy::negotiate`].
    pub fn has_link(&self, registers: &impl Registers) -> Result<bool, ErrorKind> {
        let status = self.read(registers, STATUS)?;
        // No PHY at all reads as ones.
        Ok(status != u16::MAX && status & (NEGOTIATED | LINK) == NEGOTIATED | LINK)
    }

    /// Reads a register of the PHY.
    ///
    /// # Errors
    /// As [`Phy::negotiate`].
    pub fn read(&self, registers: &impl Registers, register: u8) -> Result<u16, ErrorKind> {
        self.command(registers, register, false)?;
        let [.., high, low] = registers.read(B::MANAGEMENT.1).to_be_bytes();
        Ok(u16::from_be_bytes([high, low]))
    }

    /// Writes a register of the PHY.
    ///
    /// # Errors
    /// As [`Phy::negotiate`].
    pub fn write(&self, registers: &impl Registers, register: u8, value: u16) -> Result<(), ErrorKind> {
        registers.write(B::MANAGEMENT.1, u32::from(value));
        self.command(registers, register, true)
    }

    fn command(&self, registers: &impl Registers, register: u8, writes: bool) -> Result<(), ErrorKind> {
        let command = B::management(u32::from(self.address), u32::from(register), self.range, writes);
        registers.write(B::MANAGEMENT.0, command);
        let is_done = (0..PATIENCE).any(|_| registers.read(B::MANAGEMENT.0) & 1 == 0);
        if is_done { Ok(()) } else { Err(ErrorKind::Timeout) }
    }
}
