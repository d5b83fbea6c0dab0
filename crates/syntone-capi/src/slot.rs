//! A clock of any kind and number of ports in the caller's storage.

use crate::board::Board;
use crate::clock::{SYNTONE_CLOCK_ALIGN, SYNTONE_CLOCK_SIZE_BASE, SYNTONE_CLOCK_SIZE_PORT};
use crate::config::{SyntoneConfig, Wrong, wrong};
use crate::event::Listener;
#[cfg(feature = "full")]
use crate::performance::{Steering, steering};
use crate::pointer::check;
use crate::result::{Checked, SyntoneResult};
use core::ffi::c_void;
use syntone::config::ConfigError;
use syntone::{Clock, Runner};
use syntone_hal::{ClockHal, Instant};

/// The servo of a clock.
#[cfg(not(feature = "full"))]
pub(crate) type Steering<const PORTS: usize> = syntone::servo::PiServo;

#[cfg(not(feature = "full"))]
const fn steering(servo: syntone::servo::PiServo) -> syntone::servo::PiServo {
    servo
}

/// What the start of a storage holds while it holds an ordinary or boundary clock: "Synton" and the version.
pub(crate) const CLOCK: u64 = 0x5379_6E74_6F6E_0002;

/// What is the same for every clock. It is never behind a reference: a callback that calls back reads `busy` while the clock
/// behind it is being worked on.
#[derive(Clone, Copy)]
#[repr(C, align(16))]
struct Head {
    /// Of which kind the clock is, and that there is one.
    magic: u64,
    ports: u8,
    busy: bool,
}

#[repr(C)]
pub(crate) struct Slot<M> {
    head: Head,
    machine: M,
}

/// Octets of the longest message that is received or sent: with all options, whatever an Ethernet frame holds.
const BUFFER: usize = if cfg!(feature = "full") { 1_500 } else { 512 };

/// An ordinary or boundary clock and what it runs on.
pub(crate) struct Machine<const PORTS: usize> {
    pub(crate) clock: Clock<PORTS, Steering<PORTS>>,
    pub(crate) runner: Runner<BUFFER>,
    pub(crate) board: Board,
    pub(crate) listener: Listener,
    /// What management may do, by port.
    #[cfg(feature = "full")]
    pub(crate) access: [syntone::management::Access; PORTS],
}

impl<const PORTS: usize> Machine<PORTS> {
    /// One turn of the loop; the next is due at the returned time.
    pub(crate) fn turn(&mut self) -> Instant {
        let Self { clock, runner, board, listener, .. } = self;
        let until = runner.turn(clock, board, &mut |event| listener.tell(event)).until;
        #[cfg(feature = "full")]
        crate::performance::look(clock, board.monotonic());
        until
    }

    /// The clock, and the time at which something is done to it.
    pub(crate) fn at(&mut self) -> (&mut Clock<PORTS, Steering<PORTS>>, Instant) {
        let now = self.board.monotonic();
        (&mut self.clock, now)
    }
}

/// Does `$function` with the number of ports as a constant.
macro_rules! for_ports {
    ($ports:expr, $function:ident ( $($argument:expr),* ), else $fallback:expr) => {
        match $ports {
            1 => $function::<1>($($argument),*),
            #[cfg(feature = "boundary")]
            2 => $function::<2>($($argument),*),
            #[cfg(feature = "boundary")]
            3 => $function::<3>($($argument),*),
            #[cfg(feature = "boundary")]
            4 => $function::<4>($($argument),*),
            #[cfg(feature = "boundary")]
            5 => $function::<5>($($argument),*),
            #[cfg(feature = "boundary")]
            6 => $function::<6>($($argument),*),
            #[cfg(feature = "boundary")]
            7 => $function::<7>($($argument),*),
            #[cfg(feature = "boundary")]
            8 => $function::<8>($($argument),*),
            _ => $fallback,
        }
    };
}

/// Works on the clock in `$storage`, unless it is being worked on. A function that is not called by the program is not linked,
/// and what it alone needs neither; with a table of methods all would be.
///
/// To be used in an `unsafe` block, where it is promised that `$storage` is null or was handed to [`make`] and is used by no other
/// thread. That the machine is the one that is there, the macro sees to: kind and number of ports are checked.
macro_rules! on_clock {
    ($storage:expr, |$machine:ident| $work:expr) => {{
        let mut work = $crate::slot::Work::begin($storage.cast(), $crate::slot::CLOCK)?;
        $crate::slot::on_clock!(@ work, $machine, $work, 2 3 4 5 6 7 8)
    }};
    (@ $held:ident, $machine:ident, $work:expr, $($ports:literal)*) => {
        match $held.ports() {
            1 => {
                let $machine: &mut $crate::slot::Machine<1> = $held.machine();
                $work
            }
            $(
                #[cfg(feature = "boundary")]
                $ports => {
                    let $machine: &mut $crate::slot::Machine<$ports> = $held.machine();
                    $work
                }
            )*
            _ => return Err($crate::result::SyntoneResult::NoClock),
        }
    };
}
pub(crate) use on_clock;

/// Octets for a clock of `ports` ports; 0 if this library has none.
pub(crate) fn size(ports: u8) -> usize {
    const fn of<const PORTS: usize>() -> usize {
        size_of::<Slot<Machine<PORTS>>>()
    }
    for_ports!(ports, of(), else 0)
}

/// Octets of what measures the performance of a clock of `ports` ports; 0 if this library has none.
#[cfg(feature = "full")]
pub(crate) fn size_of_monitor(ports: u8) -> usize {
    use crate::performance::size_of_monitor;
    for_ports!(ports, size_of_monitor(), else 0)
}

/// Why no clock was made.
pub(crate) enum Refusal {
    Result(SyntoneResult),
    Config(Wrong),
}

impl From<Wrong> for Refusal {
    fn from(error: Wrong) -> Self {
        Self::Config(error)
    }
}

/// Makes an ordinary or boundary clock in `storage`.
///
/// # Safety
/// `storage` is null or points to `octets` octets that nobody else uses.
pub(crate) unsafe fn make(
    storage: *mut c_void,
    octets: usize,
    config: &SyntoneConfig,
    board: Board,
) -> Result<(), Refusal> {
    let ports = config.port_count;
    let most = if cfg!(feature = "boundary") { 8 } else { 1 };
    if ports == 0 || ports > most {
        let (value, max) = (i64::from(ports), i64::from(most));
        return Err(Refusal::Config(wrong(ConfigError { option: "port_count", value, min: 1, max })));
    }
    // SAFETY: as promised.
    for_ports!(ports, make_with(storage, octets, config, board), else Ok(()))
}

fn make_with<const PORTS: usize>(
    storage: *mut c_void,
    octets: usize,
    config: &SyntoneConfig,
    board: Board,
) -> Result<(), Refusal> {
    let make = || {
        let servo = steering(config.servo()?);
        let clock = Clock::new(&config.clock()?, &config.ports::<PORTS>()?, servo).map_err(wrong)?;
        Ok(Machine {
            clock,
            runner: Runner::new(),
            board,
            listener: Listener::NONE,
            #[cfg(feature = "full")]
            access: [syntone::management::Access::None; PORTS],
        })
    };
    // SAFETY: `make`, which alone calls this, is promised it.
    unsafe { put(storage, octets, (CLOCK, PORTS), make) }
}

/// Puts a machine of a kind, with so many ports, into `storage`.
///
/// # Safety
/// `storage` is null or points to `octets` octets that nobody else uses.
pub(crate) unsafe fn put<M>(
    storage: *mut c_void,
    octets: usize,
    (magic, ports): (u64, usize),
    make: impl FnOnce() -> Result<M, Refusal>,
) -> Result<(), Refusal> {
    const { assert!(align_of::<Slot<M>>() == align_of::<Head>() && align_of::<Head>() <= SYNTONE_CLOCK_ALIGN) };
    check(storage.cast::<Head>()).map_err(Refusal::Result)?;
    if octets < size_of::<Slot<M>>() {
        return Err(Refusal::Result(SyntoneResult::StorageTooSmall));
    }
    let head = Head { magic, ports: u8::try_from(ports).unwrap_or(0), busy: false };
    let slot = Slot { head, machine: make()? };
    // SAFETY: not null, aligned, and large enough; what the place held before is not read, and a clock needs no drop.
    unsafe { storage.cast::<Slot<M>>().write(slot) };
    Ok(())
}

/// A clock while it is worked on: it turns others away until this is dropped.
pub(crate) struct Work {
    storage: *mut c_void,
    ports: u8,
}

impl Work {
    /// Begins, if there is a clock of that kind and nobody else is at it.
    ///
    /// # Safety
    /// `storage` is null or points to storage that was handed to [`put`] and is used by no other thread.
    pub(crate) unsafe fn begin(storage: *mut c_void, magic: u64) -> Checked<Self> {
        let head = storage.cast::<Head>();
        check(head)?;
        // SAFETY: not null, aligned; storage has room for a Head, and is plain octets if no clock was made there: `magic`
        // alone is read before it is known. No reference to the Head exists anywhere.
        if unsafe { (&raw const (*head).magic).read() } != magic {
            return Err(SyntoneResult::NoClock);
        }
        // SAFETY: a clock was made here, so there is a Head.
        let Head { ports, busy, .. } = unsafe { head.read() };
        if busy {
            return Err(SyntoneResult::Busy);
        }
        // SAFETY: the place is ours alone, see above; a call back reads the Head only and turns back at `busy`.
        unsafe { (&raw mut (*head).busy).write(true) };
        Ok(Self { storage, ports })
    }

    pub(crate) const fn ports(&self) -> u8 {
        self.ports
    }

    /// The machine.
    ///
    /// # Safety
    /// An `M` is what [`put`] wrote with the kind and the number of ports that are here.
    pub(crate) unsafe fn machine<M>(&mut self) -> &mut M {
        let machine = self.storage.wrapping_byte_add(core::mem::offset_of!(Slot<M>, machine)).cast::<M>();
        // SAFETY: a Slot<M> was made here, and `busy` keeps every other reference away as long as `self` lives.
        unsafe { &mut *machine }
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        // SAFETY: as the write in `begin`.
        unsafe { (&raw mut (*self.storage.cast::<Head>()).busy).write(false) };
    }
}

const _: () = {
    assert!(size_of::<Slot<Machine<1>>>() <= SYNTONE_CLOCK_SIZE_BASE.saturating_add(SYNTONE_CLOCK_SIZE_PORT));
    let of_ports = SYNTONE_CLOCK_SIZE_PORT.saturating_mul(8);
    assert!(size_of::<Slot<Machine<8>>>() <= SYNTONE_CLOCK_SIZE_BASE.saturating_add(of_ports));
};
