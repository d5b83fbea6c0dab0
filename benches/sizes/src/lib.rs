//! What the images have in common.
#![no_std]

/// Makes `$run` what the processor begins with.
#[macro_export]
macro_rules! entry {
    ($run:path) => {
        #[cfg_attr(target_arch = "arm", cortex_m_rt::entry)]
        #[cfg_attr(target_arch = "riscv32", riscv_rt::entry)]
        /// What the processor begins with.
        fn main() -> ! {
            let _ = $run();
            loop {
                core::hint::spin_loop();
            }
        }

        #[panic_handler]
        fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
            loop {
                core::hint::spin_loop();
            }
        }
    };
}
