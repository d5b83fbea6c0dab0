//! How registers are reached.

/// Access to the registers of the MAC, by their offset in octets from its base address.
pub trait Registers {
    /// Reads a register.
    fn read(&self, offset: u16) -> u32;

    /// Writes a register.
    fn write(&self, offset: u16, value: u32);
}

/// Registers in the address space of this machine, from the address `BASE` on: 0x4002_8000 for all parts but N6.
#[derive(Clone, Copy, Debug)]
pub struct Mmio<const BASE: usize>(());

impl<const BASE: usize> Mmio<BASE> {
    /// The registers.
    ///
    /// # Safety
    /// The Ethernet MAC must be at `BASE`, a multiple of 8 192, with its clocks on; and nobody else may use its time-stamp
    /// registers, nor its DMA registers while a [`Port`](crate::Port) does. Another one for [`acknowledge`](crate::acknowledge) alone, in
    /// the MAC's interrupt, is no other user.
    #[must_use]
    pub const unsafe fn new() -> Self {
        Self(())
    }

    fn register(offset: u16) -> *mut u32 {
        core::ptr::with_exposed_provenance_mut(BASE | usize::from(offset & 0x1FFC))
    }
}

impl<const BASE: usize> Registers for Mmio<BASE> {
    #[inline]
    fn read(&self, offset: u16) -> u32 {
        // SAFETY: `new` demands that these are registers; the offset is kept aligned and within them.
        unsafe { Self::register(offset).read_volatile() }
    }

    #[inline]
    fn write(&self, offset: u16, value: u32) {
        // SAFETY: as above.
        unsafe { Self::register(offset).write_volatile(value) }
    }
}
