//! The clocks of the chip: 180 MHz from the 8 MHz that the debugger of the board gives.

use stm32_metapac::flash::vals::Latency;
use stm32_metapac::pwr::vals::Vos;
use stm32_metapac::rcc::vals::{Hpre, Pllm, Plln, Pllp, Pllq, Pllsrc, Ppre, Sw};
use stm32_metapac::{FLASH, PWR, RCC};
use syntone_hal::ErrorKind;

/// The processor, the bus and the time-stamp unit. As fast as the chip is without its overdrive.
pub const HCLK: u32 = 180_000_000;
/// The timers of the slower bus: twice its 45 MHz.
pub const TIMERS: u32 = 90_000_000;
/// How often a clock is asked whether it runs.
const PATIENCE: u32 = 1_000_000;

/// Starts the oscillator and the PLL, and has the chip run on it.
pub fn start() -> Result<(), ErrorKind> {
    RCC.cr().modify(|control| {
        // The debugger's clock comes as it is, not from a crystal.
        control.set_hsebyp(true);
        control.set_hseon(true);
    });
    until(|| RCC.cr().read().hserdy())?;
    RCC.apb1enr().modify(|enable| enable.set_pwren(true));
    PWR.cr1().modify(|control| control.set_vos(Vos::SCALE1));
    RCC.pllcfgr().write(|pll| {
        pll.set_pllsrc(Pllsrc::HSE);
        pll.set_pllm(Pllm::DIV4);
        pll.set_plln(Plln::MUL180);
        pll.set_pllp(Pllp::DIV2);
        pll.set_pllq(Pllq::DIV8);
    });
    RCC.cr().modify(|control| control.set_pllon(true));
    until(|| RCC.cr().read().pllrdy())?;
    FLASH.acr().modify(|access| access.set_latency(Latency::WS5));
    RCC.cfgr().modify(|config| {
        config.set_hpre(Hpre::DIV1);
        config.set_ppre1(Ppre::DIV4);
        config.set_ppre2(Ppre::DIV2);
    });
    RCC.cfgr().modify(|config| config.set_sw(Sw::PLL1_P));
    until(|| RCC.cfgr().read().sws() == Sw::PLL1_P)
}

fn until(ready: impl Fn() -> bool) -> Result<(), ErrorKind> {
    if (0..PATIENCE).any(|_| ready()) { Ok(()) } else { Err(ErrorKind::Timeout) }
}
