//! How registers are reached: the only place that touches memory by address.

/// Access to a block of 32-bit registers.
pub trait Bus {
    /// Reads the register at `offset` octets.
    fn read(&self, offset: u32) -> u32;

    /// Writes the register at `offset` octets.
    fn write(&self, offset: u32, value: u32);

    /// Does `work` without an interrupt in between.
    fn uninterrupted<R>(&self, work: impl FnOnce() -> R) -> R;

    /// Waits until an interrupt is pending. Within [`Bus::uninterrupted`] it is served afterwards.
    fn wait_for_interrupt(&self);
}

/// Registers in the address space of this machine, from the address `BASE` on.
#[derive(Clone, Copy, Debug)]
pub struct Mmio<const BASE: u32>(());

impl<const BASE: u32> Mmio<BASE> {
    /// The registers.
    ///
    /// # Safety
    /// 256 octets from `BASE` on, a multiple of four, must be device registers that 32-bit access cannot harm, on a
    /// machine whose addresses have 32 bits.
    #[must_use]
    pub const unsafe fn new() -> Self {
        Self(())
    }

    #[inline]
    fn register(self, offset: u32) -> *mut u32 {
        core::ptr::with_exposed_provenance_mut((BASE | (offset & 0xFC)) as usize)
    }
}

impl<const BASE: u32> Bus for Mmio<BASE> {
    #[inline]
    fn read(&self, offset: u32) -> u32 {
        // SAFETY: `new` demands that these are registers; the offset is kept aligned and within them.
        unsafe { self.register(offset).read_volatile() }
    }

    #[inline]
    fn write(&self, offset: u32, value: u32) {
        // SAFETY: as above.
        unsafe { self.register(offset).write_volatile(value) }
    }

    #[inline]
    fn uninterrupted<R>(&self, work: impl FnOnce() -> R) -> R {
        #[cfg(target_arch = "arm")]
        return cortex_m::interrupt::free(|_| work());
        #[cfg(not(target_arch = "arm"))]
        work()
    }

    #[inline]
    fn wait_for_interrupt(&self) {
        #[cfg(target_arch = "arm")]
        cortex_m::asm::wfi();
    }
}
