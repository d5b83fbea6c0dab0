//! The clocks of the chip: 400 MHz from the 8 MHz that the debugger of the board gives, and 200 MHz for the buses.

use stm32_metapac::pwr::vals::Vos;
use stm32_metapac::rcc::vals::{Hpre, Plldiv, Pllm, Plln, Pllrge, Pllsrc, Pllvcosel, Ppre, Sw};
use stm32_metapac::{FLASH, PWR, RCC};
use syntone_hal::ErrorKind;

/// The bus of the MAC and its time-stamp unit; the timers as well.
pub const HCLK: u32 = 200_000_000;
/// How often a clock is asked whether it runs.
const PATIENCE: u32 = 1_000_000;

/// Starts the oscillator and the PLL, and has the chip run on it.
pub fn start() -> Result<(), ErrorKind> {
    // The supply of the board is the chip's own regulator. Until that is told once, the voltage cannot be chosen.
    PWR.cr3().modify(|control| {
        control.set_bypass(false);
        control.set_ldoen(true);
    });
    until(|| PWR.csr1().read().actvosrdy())?;
    PWR.d3cr().modify(|control| control.set_vos(Vos::SCALE1));
    until(|| PWR.d3cr().read().vosrdy())?;
    RCC.cr().modify(|control| {
        // The debugger's clock comes as it is, not from a crystal.
        control.set_hsebyp(true);
        control.set_hseon(true);
    });
    until(|| RCC.cr().read().hserdy())?;
    start_pll()?;
    FLASH.acr().modify(|access| {
        access.set_latency(2);
        access.set_wrhighfreq(2);
    });
    RCC.d1cfgr().modify(|config| {
        config.set_d1cpre(Hpre::DIV1);
        config.set_hpre(Hpre::DIV2);
        config.set_d1ppre(Ppre::DIV2);
    });
    RCC.d2cfgr().modify(|config| {
        config.set_d2ppre1(Ppre::DIV2);
        config.set_d2ppre2(Ppre::DIV2);
    });
    RCC.d3cfgr().modify(|config| config.set_d3ppre(Ppre::DIV2));
    RCC.cfgr().modify(|config| config.set_sw(Sw::PLL1_P));
    until(|| RCC.cfgr().read().sws() == Sw::PLL1_P)
}

/// 8 MHz times 100, by 2.
fn start_pll() -> Result<(), ErrorKind> {
    RCC.pllckselr().modify(|select| {
        select.set_pllsrc(Pllsrc::HSE);
        select.set_divm(0, Pllm::DIV1);
    });
    RCC.pllcfgr().modify(|config| {
        config.set_pllvcosel(0, Pllvcosel::WIDE_VCO);
        config.set_pllrge(0, Pllrge::RANGE8);
        config.set_divpen(0, true);
    });
    RCC.plldivr(0).modify(|divide| {
        divide.set_plln(Plln::MUL100);
        divide.set_pllp(Plldiv::DIV2);
    });
    RCC.cr().modify(|control| control.set_pllon(0, true));
    until(|| RCC.cr().read().pllrdy(0))
}

fn until(ready: impl Fn() -> bool) -> Result<(), ErrorKind> {
    if (0..PATIENCE).any(|_| ready()) { Ok(()) } else { Err(ErrorKind::Timeout) }
}
