//! What is on the board: the MAC with its pins and its PHY, an LED.

use crate::{clocks, uptime};
use cortex_m::peripheral::NVIC;
use cortex_m::peripheral::syst::SystClkSource;
use static_cell::ConstStaticCell;
use stm32_metapac::gpio::Gpio;
use stm32_metapac::gpio::vals::{Moder, Ospeedr};
use stm32_metapac::{GPIOA, GPIOB, GPIOC, GPIOG, Interrupt, RCC, SYSCFG};
use syntone_hal::{ErrorKind, Instant, Timestamp};
use syntone_smoltcp::{Ethernet, Raw};
use syntone_stm32::arithmetic::Rate;
use syntone_stm32::{Clock, DmaMemory, Legacy, Mmio, Phy, Port, reset};

/// The registers of the MAC, as this chip has them.
pub type Registers = Mmio<0x4002_8000>;
/// The MAC: frames, stamps and the clock.
pub type Mac = Port<Registers, Legacy, fn() -> Instant, &'static mut DmaMemory<8>, &'static mut DmaMemory<4>>;
/// The three traits of the board.
pub type Board = Raw<Mac, Ethernet>;

static RECEIVE: ConstStaticCell<DmaMemory<8>> = ConstStaticCell::new(DmaMemory::new());
static TRANSMIT: ConstStaticCell<DmaMemory<4>> = ConstStaticCell::new(DmaMemory::new());

/// The function of the pins of the MAC, and that of the pulse output.
const ETHERNET: u8 = 11;
/// The pins of RMII and of the PHY's management.
const PINS: [(Gpio, usize); 9] = [
    (GPIOA, 1),  // REF_CLK, from the PHY
    (GPIOA, 2),  // MDIO
    (GPIOA, 7),  // CRS_DV
    (GPIOB, 13), // TXD1
    (GPIOC, 1),  // MDC
    (GPIOC, 4),  // RXD0
    (GPIOC, 5),  // RXD1
    (GPIOG, 11), // TX_EN
    (GPIOG, 13), // TXD0
];
/// The pulse of each second.
const PULSE: (Gpio, usize) = (GPIOB, 5);
/// The green LED.
const LAMP: usize = 0;

/// The registers of the MAC.
pub fn registers() -> Registers {
    // SAFETY: the MAC is there, and `open` switches its clocks on before anything else is done with it. There is one `Port`;
    // beside it the interrupt acknowledges, and the PHY's registers are used by the main loop alone.
    unsafe { Registers::new() }
}

/// The station address: locally administered, made of the chip's unique number.
pub fn station() -> [u8; 6] {
    // SAFETY: the number of the chip, three words of read-only memory.
    let number = unsafe { core::ptr::with_exposed_provenance::<[u32; 3]>(0x1FF0_F420).read_volatile() };
    let [a, b, c] = number;
    let [w, x, y, z] = (a ^ b.rotate_left(11) ^ c.rotate_left(22)).to_le_bytes();
    [0x02, 0x00, w, x, y, z]
}

/// Starts everything. To be called once.
pub fn start() -> Result<(Board, Lamp), ErrorKind> {
    let (mut mac, lamp) = open(Timestamp::ZERO)?;
    phy()?.negotiate(&registers())?;
    mac.link = false;
    mac.listen();
    // SAFETY: its handler takes nothing that the main loop holds.
    unsafe { NVIC::unmask(Interrupt::ETH) };
    Ok((Raw::new(mac, Ethernet), lamp))
}

/// Starts the MAC, whose clock then has this time, and an interrupt each millisecond so that no sleep is longer. The PHY is left
/// as it is.
pub fn open(time: Timestamp) -> Result<(Mac, Lamp), ErrorKind> {
    clocks::start()?;
    uptime::start();
    start_pins();
    RCC.ahb1enr().modify(|enable| {
        enable.set_ethen(true);
        enable.set_ethtxen(true);
        enable.set_ethrxen(true);
        enable.set_ethptpen(true);
    });
    let registers = registers();
    reset::<Legacy>(&registers)?;
    let rate = Rate::from_hertz(clocks::HCLK).ok_or(ErrorKind::OutOfRange)?;
    let (receive, transmit) = (RECEIVE.try_take().ok_or(ErrorKind::Busy)?, TRANSMIT.try_take().ok_or(ErrorKind::Busy)?);
    let clock = Clock::start(registers, rate, uptime::now as fn() -> Instant, time)?;
    let mac = Port::start(clock, receive, transmit, station())?;
    start_ticking();
    Ok((mac, Lamp(())))
}

/// Asks the PHY for its link.
pub fn look_at_link(board: &mut Board) {
    let has_link = phy().and_then(|phy| phy.has_link(&registers())).unwrap_or(false);
    board.interface().link = has_link;
}

/// The PHY.
pub fn phy() -> Result<Phy<Legacy>, ErrorKind> {
    Phy::new(0, clocks::HCLK).ok_or(ErrorKind::OutOfRange)
}

fn start_pins() {
    RCC.ahb1enr().modify(|enable| {
        enable.set_gpioaen(true);
        enable.set_gpioben(true);
        enable.set_gpiocen(true);
        enable.set_gpiogen(true);
    });
    // RMII must be chosen while the MAC is in reset or has no clock.
    RCC.apb2enr().modify(|enable| enable.set_syscfgen(true));
    SYSCFG.pmc().modify(|control| control.set_mii_rmii_sel(true));
    for (gpio, pin) in PINS.into_iter().chain([PULSE]) {
        gpio.ospeedr().modify(|speed| speed.set_ospeedr(pin, Ospeedr::VERY_HIGH_SPEED));
        gpio.afr(pin / 8).modify(|function| function.set_afr(pin % 8, ETHERNET));
        gpio.moder().modify(|mode| mode.set_moder(pin, Moder::ALTERNATE));
    }
    GPIOB.moder().modify(|mode| mode.set_moder(LAMP, Moder::OUTPUT));
}

fn start_ticking() {
    if let Some(mut core) = cortex_m::Peripherals::take() {
        core.SYST.set_clock_source(SystClkSource::Core);
        core.SYST.set_reload(clocks::HCLK / 1_000 - 1);
        core.SYST.clear_current();
        core.SYST.enable_counter();
        core.SYST.enable_interrupt();
    }
}

/// The green LED.
#[derive(Clone, Copy)]
pub struct Lamp(());

impl Lamp {
    /// Lights it, or not.
    pub fn set(self, lit: bool) {
        GPIOB.bsrr().write(|pins| if lit { pins.set_bs(LAMP, true) } else { pins.set_br(LAMP, true) });
    }
}
