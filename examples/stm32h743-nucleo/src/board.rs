//! What is on the board: the MAC with its pins and its PHY, an LED.

use crate::{clocks, time};
use cortex_m::peripheral::NVIC;
use static_cell::ConstStaticCell;
use stm32_metapac::gpio::Gpio;
use stm32_metapac::gpio::vals::{Moder, Ospeedr};
use stm32_metapac::syscfg::vals::EthSelPhy;
use stm32_metapac::{GPIOA, GPIOB, GPIOC, GPIOG, Interrupt, RCC, SYSCFG};
use syntone_hal::{ClockHal, ErrorKind, Instant, Timestamp};
use syntone_smoltcp::{Ethernet, Raw};
use syntone_stm32::arithmetic::Rate;
use syntone_stm32::{Clock, DmaMemory, Eqos, Mmio, Phy, Port, Pulses, reset};

/// The registers of the MAC, as this chip has them.
pub type Registers = Mmio<0x4002_8000>;
/// The MAC: frames, stamps and the clock.
pub type Mac = Port<Registers, Eqos, fn() -> Instant, &'static mut DmaMemory<8>, &'static mut DmaMemory<4>>;
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
    // beside it the interrupt acknowledges, and the PHY's registers are used by the task of PTP alone.
    unsafe { Registers::new() }
}

/// The station address: locally administered, made of the chip's unique number.
pub fn station() -> [u8; 6] {
    // SAFETY: the number of the chip, three words of read-only memory.
    let number = unsafe { core::ptr::with_exposed_provenance::<[u32; 3]>(0x1FF1_E800).read_volatile() };
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
    // SAFETY: its handler takes nothing that the tasks hold.
    unsafe { NVIC::unmask(Interrupt::ETH) };
    Ok((Raw::new(mac, Ethernet), lamp))
}

/// Starts the MAC, whose clock then has this time. The PHY is left as it is.
pub fn open(start: Timestamp) -> Result<(Mac, Lamp), ErrorKind> {
    clocks::start()?;
    time::start();
    start_pins();
    RCC.ahb1enr().modify(|enable| {
        enable.set_ethen(true);
        enable.set_ethtxen(true);
        enable.set_ethrxen(true);
    });
    let registers = registers();
    reset::<Eqos>(&registers)?;
    // A second is a multiple of it, which the pulses need.
    let rate = Rate::with_increment(clocks::HCLK, 8).ok_or(ErrorKind::OutOfRange)?;
    let (receive, transmit) = (RECEIVE.try_take().ok_or(ErrorKind::Busy)?, TRANSMIT.try_take().ok_or(ErrorKind::Busy)?);
    let clock = Clock::start(registers, rate, time::now as fn() -> Instant, start)?;
    Ok((Port::start(clock, receive, transmit, station())?, Lamp(())))
}

/// Asks the PHY for its link.
pub fn look_at_link(board: &mut Board) {
    let has_link = phy().and_then(|phy| phy.has_link(&registers())).unwrap_or(false);
    board.interface().link = has_link;
}

/// The PHY.
pub fn phy() -> Result<Phy<Eqos>, ErrorKind> {
    Phy::new(0, clocks::HCLK).ok_or(ErrorKind::OutOfRange)
}

fn start_pins() {
    RCC.ahb4enr().modify(|enable| {
        enable.set_gpioaen(true);
        enable.set_gpioben(true);
        enable.set_gpiocen(true);
        enable.set_gpiogen(true);
    });
    // RMII must be chosen while the MAC is in reset or has no clock.
    RCC.apb4enr().modify(|enable| enable.set_syscfgen(true));
    SYSCFG.pmcr().modify(|control| control.set_eth_sel_phy(EthSelPhy::RMII));
    for (gpio, pin) in PINS.into_iter().chain([PULSE]) {
        gpio.ospeedr().modify(|speed| speed.set_ospeedr(pin, Ospeedr::VERY_HIGH_SPEED));
        gpio.afr(pin / 8).modify(|function| function.set_afr(pin % 8, ETHERNET));
        gpio.moder().modify(|mode| mode.set_moder(pin, Moder::ALTERNATE));
    }
    GPIOB.moder().modify(|mode| mode.set_moder(LAMP, Moder::OUTPUT));
}

/// The train of pulses that begins with the next second but one: 100 ms each. After a step of the clock it is begun anew.
pub fn start_pulses(board: &mut Board) -> Result<(), ErrorKind> {
    let clock = board.interface().clock();
    clock.stop_pulses();
    let start = Timestamp::new(clock.now()?.seconds() + 2, 0).ok_or(ErrorKind::OutOfRange)?;
    clock.start_pulses(Pulses { start, interval: 1_000_000_000, width: 100_000_000 })
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
