//! What the program and the DMA share.

use core::cell::UnsafeCell;
use core::sync::atomic::{Ordering, fence};

/// Descriptors and their buffers, one buffer to each.
pub trait Memory {
    /// How many there are; 2 or more.
    fn count(&self) -> usize;

    /// Reads a word of a descriptor, as the DMA last wrote it.
    fn read(&self, index: usize, word: usize) -> u32;

    /// Writes a word of a descriptor. Whatever was written before, to buffers as well, is there for the DMA first.
    fn write(&mut self, index: usize, word: usize, value: u32);

    /// The address of a descriptor.
    fn descriptor(&self, index: usize) -> u32;

    /// The address of a buffer.
    fn address(&self, index: usize) -> u32;

    /// A buffer that the DMA has given back.
    fn buffer(&self, index: usize) -> &[u8];

    /// A buffer that the DMA has given back.
    fn buffer_mut(&mut self, index: usize) -> &mut [u8];
}

/// `COUNT` descriptors with buffers of `LENGTH` octets (1 536 hold every frame), in memory that the DMA reaches.
///
/// Put it into a `static` and hand it out once. On F7 and H7 it must lie where the data cache does not come between: the
/// MPU's attributes for its region say so, or the cache is off. On H7 it must not be in the DTCM.
#[derive(Debug)]
#[repr(C, align(32))]
pub struct DmaMemory<const COUNT: usize, const LENGTH: usize = 1_536> {
    /// Eight words each; the smaller ones of EQOS use four of them, with the others as a gap.
    descriptors: [[UnsafeCell<u32>; 8]; COUNT],
    buffers: [[u8; LENGTH]; COUNT],
}

impl<const COUNT: usize, const LENGTH: usize> DmaMemory<COUNT, LENGTH> {
    /// Empty descriptors.
    #[must_use]
    pub const fn new() -> Self {
        let descriptors = [const { [const { UnsafeCell::new(0) }; 8] }; COUNT];
        Self { descriptors, buffers: [[0; LENGTH]; COUNT] }
    }

    fn word(&self, index: usize, word: usize) -> Option<*mut u32> {
        Some(self.descriptors.get(index)?.get(word)?.get())
    }
}

impl<const COUNT: usize, const LENGTH: usize> Default for DmaMemory<COUNT, LENGTH> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const COUNT: usize, const LENGTH: usize> Memory for &'static mut DmaMemory<COUNT, LENGTH> {
    fn count(&self) -> usize {
        COUNT
    }

    fn read(&self, index: usize, word: usize) -> u32 {
        // SAFETY: a word of ours, whose cell lets the DMA write it; volatile, because it does.
        let value = self.word(index, word).map_or(0, |word| unsafe { word.read_volatile() });
        fence(Ordering::SeqCst);
        value
    }

    fn write(&mut self, index: usize, word: usize, value: u32) {
        fence(Ordering::SeqCst);
        if let Some(word) = self.word(index, word) {
            // SAFETY: as above.
            unsafe { word.write_volatile(value) }
        }
        fence(Ordering::SeqCst);
    }

    fn descriptor(&self, index: usize) -> u32 {
        self.word(index, 0).map_or(0, |word| address_of(word.cast_const().cast()))
    }

    fn address(&self, index: usize) -> u32 {
        self.buffers.get(index).map_or(0, |buffer| address_of(buffer.as_ptr()))
    }

    fn buffer(&self, index: usize) -> &[u8] {
        self.buffers.get(index).map_or(&[], |buffer| buffer)
    }

    fn buffer_mut(&mut self, index: usize) -> &mut [u8] {
        self.buffers.get_mut(index).map_or(&mut [], |buffer| buffer)
    }
}

#[expect(clippy::as_conversions, reason = "addresses of these machines have 32 bits")]
fn address_of(place: *const u8) -> u32 {
    place.expose_provenance() as u32
}
