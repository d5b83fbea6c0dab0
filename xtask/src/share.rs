//! Where the octets of an image went: to which module each instruction belongs, seen through inlining.

use crate::image::Image;
use addr2line::Loader;
use std::collections::BTreeMap;
use std::path::Path;

/// Crates, and types of the language, whose instructions count for whoever had them inlined.
const GUESTS: [&str; 23] = [
    "core",
    "heapless",
    "fixed",
    "bitflags",
    "az",
    "arrayvec",
    "libm",
    "rand_core",
    "cortex_m",
    "u8",
    "u16",
    "u32",
    "u64",
    "u128",
    "usize",
    "i8",
    "i16",
    "i32",
    "i64",
    "i128",
    "bool",
    "f32",
    "f64",
];

/// Octets of code by module, the largest first. A module of ours is `crate::module`, another crate is one whole.
pub(crate) fn modules(path: &Path, image: &Image) -> Result<Vec<(String, u64)>, String> {
    let loader = Loader::new(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut shares = BTreeMap::new();
    for function in &image.functions {
        let of_symbol = module(&function.name);
        for address in (function.address..function.end()).step_by(2) {
            let size = (function.end() - address).min(2);
            let owner = owner(&loader, address).unwrap_or_else(|| of_symbol.clone());
            *shares.entry(owner).or_insert(0) += size;
        }
    }
    for (name, size) in &image.constants {
        *shares.entry(format!("constants of {}", module(name)).trim_end_matches(" of ").to_owned()).or_insert(0) +=
            size;
    }
    let mut shares: Vec<_> = shares.into_iter().collect();
    shares.sort_by_key(|(name, size)| (std::cmp::Reverse(*size), name.clone()));
    Ok(shares)
}

/// The innermost function at `address` that is not a guest, going outwards through what was inlined.
fn owner(loader: &Loader, address: u64) -> Option<String> {
    let mut frames = loader.find_frames(address).ok()?;
    let mut last = None;
    while let Ok(Some(frame)) = frames.next() {
        let Some(name) = frame.function.and_then(|function| Some(function.demangle().ok()?.into_owned())) else {
            continue;
        };
        let module = module(&name);
        if !GUESTS.contains(&&*module) {
            return Some(module);
        }
        last = Some(module);
    }
    last
}

/// The module that a demangled name belongs to: two levels of our crates, one of others.
fn module(name: &str) -> String {
    let path = path(name);
    let levels = if path.starts_with("syntone") || path.starts_with("statime") { 2 } else { 1 };
    let mut segments = path.split("::").take(levels + 1).collect::<Vec<_>>();
    if segments.len() > levels {
        segments.truncate(levels);
    } else if levels == 2 {
        // A function of the crate's root.
        segments.truncate(1);
    }
    segments.join("::")
}

/// The path that a name begins with, or that of the trait where the type has none.
fn path(name: &str) -> &str {
    let own = name.trim_start_matches(['<', '&', '*', '[', '(']);
    let own = own.trim_start_matches("mut ").trim_start_matches("const ").trim_start_matches("dyn ");
    let head = head(own);
    if head.contains("::") {
        return head;
    }
    // `<u8 as core::ops::Add>::add`, `<T as ..>`
    name.split_once(" as ").map_or(head, |(_, path)| self::head(path))
}

fn head(name: &str) -> &str {
    let end = name.find(|letter: char| !(letter.is_alphanumeric() || letter == '_' || letter == ':'));
    name.get(..end.unwrap_or(name.len())).unwrap_or(name).trim_end_matches(':')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_by_module() {
        for (name, expected) in [
            ("<syntone::port::Port<5>>::take_sync", "syntone::port"),
            ("syntone::bmca::comparison::compare", "syntone::bmca"),
            ("syntone_hal::time::Timestamp::offset_nanos", "syntone_hal::time"),
            ("<heapless::deque::Deque<syntone::event::Event, 6>>::pop_front", "heapless"),
            ("<i64 as core::cmp::Ord>::clamp", "core"),
            ("<qemu_mps2::hal::Board<qemu_mps2::bus::Mmio> as syntone_hal::clock::ClockHal>::monotonic", "qemu_mps2"),
            ("__aeabi_memcpy", "__aeabi_memcpy"),
        ] {
            assert_eq!(module(name), expected, "{name}");
        }
    }
}
