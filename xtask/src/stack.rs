//! The deepest stack that an image can use, by its calls and what the compiler noted of each function.

use crate::image::{Function, Image};
use object::Architecture;
use std::collections::{BTreeMap, BTreeSet};

/// What is known of the stack.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Depth {
    /// Octets at the worst.
    pub(crate) octets: u64,
    /// The functions on the way there.
    pub(crate) path: Vec<String>,
    /// Functions that call what is not known before they run.
    pub(crate) indirect: Vec<String>,
    /// Functions that call themselves, directly or through others.
    pub(crate) recursive: Vec<String>,
    /// Functions whose frame is not known; assembly.
    pub(crate) unknown: Vec<String>,
}

/// Where control goes to from an instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Transfer {
    Call(u64),
    Jump(u64),
    Indirect,
}

/// The deepest stack from the function named `root`.
pub(crate) fn depth(image: &Image, root: &str) -> Option<Depth> {
    depth_without(image, root, |_| false)
}

/// The deepest stack from the function named `root`, as if it did not call those that `left_out` picks.
pub(crate) fn depth_without(image: &Image, root: &str, left_out: fn(&str) -> bool) -> Option<Depth> {
    let root = image.functions.iter().find(|function| function.name == root)?;
    let mut walk = Walk { image, left_out, known: BTreeMap::new(), depth: Depth::default() };
    let (octets, path) = walk.from(root, &mut Vec::new());
    Some(Depth { octets, path, ..walk.depth })
}

/// Who calls the functions that `wanted` picks: caller and callee.
pub(crate) fn callers(image: &Image, wanted: impl Fn(&str) -> bool) -> BTreeSet<(&str, &str)> {
    let mut found = BTreeSet::new();
    for caller in &image.functions {
        for transfer in transfers(image, caller) {
            let (Transfer::Call(address) | Transfer::Jump(address)) = transfer else { continue };
            if let Some(callee) = function_at(image, address)
                && callee.address != caller.address
                && wanted(&callee.name)
            {
                found.insert((&*caller.name, &*callee.name));
            }
        }
    }
    found
}

struct Walk<'a> {
    image: &'a Image,
    left_out: fn(&str) -> bool,
    known: BTreeMap<u64, (u64, Vec<String>)>,
    depth: Depth,
}

impl<'a> Walk<'a> {
    fn from(&mut self, function: &'a Function, above: &mut Vec<u64>) -> (u64, Vec<String>) {
        if let Some(known) = self.known.get(&function.address) {
            return known.clone();
        }
        if above.contains(&function.address) {
            self.depth.recursive.push(function.name.clone());
            return (0, Vec::new());
        }
        above.push(function.address);
        let frame = function.frame.unwrap_or_else(|| {
            self.depth.unknown.push(function.name.clone());
            0
        });
        let mut deepest = (frame, vec![format!("{} {frame}", function.name)]);
        for transfer in transfers(self.image, function) {
            let (address, base) = match transfer {
                Transfer::Call(address) => (address, frame),
                // The caller's frame is gone before it jumps elsewhere.
                Transfer::Jump(address) => (address, 0),
                Transfer::Indirect => {
                    self.depth.indirect.push(function.name.clone());
                    continue;
                }
            };
            let callee = function_at(self.image, address).filter(|callee| !(self.left_out)(&callee.name));
            let Some(callee) = callee else { continue };
            if callee.address != function.address || matches!(transfer, Transfer::Call(_)) {
                let (below, path) = self.from(callee, above);
                if base + below > deepest.0 {
                    let own = format!("{} {base}", function.name);
                    deepest = (base + below, [own].into_iter().chain(path).collect());
                }
            }
        }
        above.pop();
        self.known.insert(function.address, deepest.clone());
        deepest
    }
}

fn function_at(image: &Image, address: u64) -> Option<&Function> {
    let index = image.functions.partition_point(|function| function.address <= address);
    image.functions.get(index.checked_sub(1)?).filter(|function| address < function.end())
}

fn transfers(image: &Image, function: &Function) -> BTreeSet<Transfer> {
    let halves: Vec<u16> = function
        .code
        .chunks_exact(2)
        .map(|pair| pair.iter().rev().fold(0, |half, octet| half << 8 | u16::from(*octet)))
        .collect();
    let decode = match image.architecture {
        Architecture::Riscv32 => riscv,
        _ => thumb,
    };
    let mut found = BTreeSet::new();
    let mut index = 0;
    while let Some(first) = halves.get(index) {
        let address = function.address + 2 * index as u64;
        let mark = image.data_marks.partition_point(|(start, _)| *start <= address);
        if mark > 0 && image.data_marks.get(mark - 1).is_some_and(|(_, is_data)| *is_data) {
            index += 1;
            continue;
        }
        let rest: Vec<u32> = halves.iter().skip(index + 1).take(3).map(|half| u32::from(*half)).collect();
        let (length, transfer) = decode(address, u32::from(*first), &rest);
        let inside = |target| (function.address..function.end()).contains(&target);
        match transfer {
            Some(Transfer::Jump(target)) if inside(target) => {}
            Some(transfer) => drop(found.insert(transfer)),
            None => {}
        }
        index += length;
    }
    found
}

/// One Thumb instruction: its length in half words, and where it leads. Architecture reference manual ARMv7-M, A7.7.
fn thumb(address: u64, first: u32, rest: &[u32]) -> (usize, Option<Transfer>) {
    let relative = |offset: i64| address.wrapping_add(4).wrapping_add_signed(offset);
    if first < 0xE800 {
        let transfer = match first {
            // B, both encodings of 16 bits; 0xDE and 0xDF are no branches
            0xE000..0xE800 => Some(Transfer::Jump(relative(signed(first & 0x7FF, 11) * 2))),
            0xD000..0xDE00 => Some(Transfer::Jump(relative(signed(first & 0xFF, 8) * 2))),
            // BLX and BX to a register; to the link register it is a return
            _ if first & 0xFF80 == 0x4780 => Some(Transfer::Indirect),
            _ if first & 0xFF80 == 0x4700 && first >> 3 & 15 != 14 => Some(Transfer::Indirect),
            _ => None,
        };
        return (1, transfer);
    }
    let Some(second) = rest.first() else { return (2, None) };
    if first >> 11 != 0b11110 || second >> 15 == 0 {
        return (2, None);
    }
    let (sign, j1, j2) = (first >> 10 & 1, second >> 13 & 1, second >> 11 & 1);
    let far =
        sign << 24 | (j1 ^ sign ^ 1) << 23 | (j2 ^ sign ^ 1) << 22 | (first & 0x3FF) << 12 | (second & 0x7FF) << 1;
    let far = relative(signed(far, 25));
    let near = sign << 20 | j2 << 19 | j1 << 18 | (first & 0x3F) << 12 | (second & 0x7FF) << 1;
    let transfer = match second >> 12 & 0b101 {
        0b101 => Some(Transfer::Call(far)),
        0b001 => Some(Transfer::Jump(far)),
        0b000 if first >> 7 & 7 != 7 => Some(Transfer::Jump(relative(signed(near, 21)))),
        _ => None,
    };
    (2, transfer)
}

/// One RISC-V instruction: its length in half words, and where it leads. The RISC-V instruction set manual, 2.5 and 27.
fn riscv(address: u64, first: u32, rest: &[u32]) -> (usize, Option<Transfer>) {
    let relative = |offset: i64| address.wrapping_add_signed(offset);
    if first & 3 != 3 {
        return (1, compressed(first, relative));
    }
    let word = first | rest.first().copied().unwrap_or(0) << 16;
    let transfer = match word & 0x7F {
        0x6F => {
            let offset =
                bits(word, 31, 1) << 20 | bits(word, 12, 8) << 12 | bits(word, 20, 1) << 11 | bits(word, 21, 10) << 1;
            let target = relative(signed(offset, 21));
            Some(if bits(word, 7, 5) == 0 { Transfer::Jump(target) } else { Transfer::Call(target) })
        }
        // AUIPC followed by JALR through the same register
        0x17 => {
            let next = rest.get(1).copied().unwrap_or(0) | rest.get(2).copied().unwrap_or(0) << 16;
            let pair = next & 0x7F == 0x67 && bits(next, 15, 5) == bits(word, 7, 5);
            let offset = signed(word & 0xFFFF_F000, 32) + signed(bits(next, 20, 12), 12);
            let target = relative(offset);
            let transfer = if bits(next, 7, 5) == 0 { Transfer::Jump(target) } else { Transfer::Call(target) };
            return (if pair { 4 } else { 2 }, pair.then_some(transfer));
        }
        0x67 if bits(word, 7, 5) != 0 || bits(word, 15, 5) != 1 => Some(Transfer::Indirect),
        _ => None,
    };
    (2, transfer)
}

fn compressed(half: u32, relative: impl Fn(i64) -> u64) -> Option<Transfer> {
    let offset = bits(half, 12, 1) << 11
        | bits(half, 11, 1) << 4
        | bits(half, 9, 2) << 8
        | bits(half, 8, 1) << 10
        | bits(half, 7, 1) << 6
        | bits(half, 6, 1) << 7
        | bits(half, 3, 3) << 1
        | bits(half, 2, 1) << 5;
    let target = relative(signed(offset, 12));
    match (half >> 13, half & 3) {
        (0b101, 1) => Some(Transfer::Jump(target)),
        (0b001, 1) => Some(Transfer::Call(target)),
        // C.JR and C.JALR have no second register; C.JR through ra is a return
        (0b100, 2) if bits(half, 2, 5) == 0 && bits(half, 7, 5) > 1 => Some(Transfer::Indirect),
        _ => None,
    }
}

fn bits(word: u32, low: u32, count: u32) -> u32 {
    word >> low & ((1 << count) - 1)
}

/// A two's-complement number of `width` bits.
fn signed(value: u32, width: u32) -> i64 {
    let value = i64::from(value);
    if value >> (width - 1) & 1 == 1 { value - (1 << width) } else { value }
}

impl Ord for Transfer {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

impl PartialOrd for Transfer {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Transfer {
    fn key(self) -> (u8, u64) {
        match self {
            Self::Call(address) => (0, address),
            Self::Jump(address) => (1, address),
            Self::Indirect => (2, 0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Encodings as llvm-mc of LLVM 14 prints them for these instructions.
    #[test]
    fn thumb_calls_and_jumps_are_followed() {
        // at 0x3766: bl 0x174, and at 0x1000: b.w 0x1100, b 0x0ffe, blx r3, bx lr
        assert_eq!(thumb(0x3766, 0xF7FC, &[0xFD05]), (2, Some(Transfer::Call(0x174))));
        assert_eq!(thumb(0x1000, 0xF000, &[0xB87E]), (2, Some(Transfer::Jump(0x1100))));
        assert_eq!(thumb(0x1000, 0xE7FD, &[]), (1, Some(Transfer::Jump(0x0FFE))));
        assert_eq!(thumb(0x1000, 0x4798, &[]), (1, Some(Transfer::Indirect)));
        assert_eq!(thumb(0x1000, 0x4770, &[]), (1, None));
    }

    #[test]
    fn riscv_calls_and_jumps_are_followed() {
        // at 0x1000: jal ra, 0x1100; j 0x0ff0; auipc ra, 1 + jalr ra, 16(ra); ret; c.jr a0
        assert_eq!(riscv(0x1000, 0x00EF, &[0x1000]), (2, Some(Transfer::Call(0x1100))));
        assert_eq!(riscv(0x1000, 0xF06F, &[0xFF1F]), (2, Some(Transfer::Jump(0x0FF0))));
        assert_eq!(riscv(0x1000, 0x1097, &[0x0000, 0x80E7, 0x0100]), (4, Some(Transfer::Call(0x2010))));
        assert_eq!(riscv(0x1000, 0x8082, &[]), (1, None));
        assert_eq!(riscv(0x1000, 0x8502, &[]), (1, Some(Transfer::Indirect)));
    }

    fn function(name: &str, address: u64, frame: u64, halves: &[u16]) -> Function {
        let code = halves.iter().flat_map(|half| half.to_le_bytes()).collect();
        Function { name: name.to_owned(), address, code, frame: Some(frame) }
    }

    fn image(functions: Vec<Function>) -> Image {
        let (constants, data_marks) = (Vec::new(), Vec::new());
        Image { architecture: Architecture::Arm, flash: 0, ram: 0, functions, constants, data_marks }
    }

    #[test]
    fn the_deepest_way_is_found_and_a_jump_gives_its_frame_back() {
        let image = image(vec![
            function("main", 0x100, 8, &[0xF000, 0xF87E, 0xF000, 0xF8FC, 0x4770]), // bl 0x200; bl 0x300
            function("a", 0x200, 100, &[0xF000, 0xB8FE]),                          // b.w 0x400
            function("b", 0x300, 40, &[0xF000, 0xF87E]),                           // bl 0x400
            function("c", 0x400, 70, &[0x4770]),
        ]);
        let depth = depth(&image, "main").expect("main is there");
        assert_eq!(depth.octets, 8 + 40 + 70);
        assert_eq!(depth.path, ["main 8", "b 40", "c 70"]);
        assert_eq!(callers(&image, |name| name == "c"), [("a", "c"), ("b", "c")].into());
    }

    #[test]
    fn recursion_is_named() {
        let image = image(vec![function("main", 0x100, 8, &[0xF7FF, 0xFFFE])]); // bl 0x100
        assert_eq!(depth(&image, "main").expect("main is there").recursive, ["main"]);
    }
}
