//! What is in a linked image for a microcontroller.

use object::{Architecture, Object, ObjectSection, ObjectSymbol, SectionFlags, SectionKind, SymbolKind, elf};
use std::fs;
use std::path::Path;

/// A linked image.
#[derive(Debug)]
pub(crate) struct Image {
    pub(crate) architecture: Architecture,
    /// Octets of read-only memory: code, constants and the initial values of variables.
    pub(crate) flash: u64,
    /// Octets of memory with variables.
    pub(crate) ram: u64,
    /// In the order of their addresses.
    pub(crate) functions: Vec<Function>,
    /// Constants outside of functions: their names and sizes.
    pub(crate) constants: Vec<(String, u64)>,
    /// Addresses from which on there is data (`true`) or code (`false`) again.
    pub(crate) data_marks: Vec<(u64, bool)>,
}

/// A piece of code with a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) address: u64,
    pub(crate) code: Vec<u8>,
    /// Octets of stack that it takes by itself, where the compiler has noted it.
    pub(crate) frame: Option<u64>,
}

impl Function {
    /// The address behind it.
    pub(crate) fn end(&self) -> u64 {
        self.address + self.code.len() as u64
    }
}

/// Reads an ELF file.
pub(crate) fn read(path: &Path) -> Result<Image, String> {
    let octets = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let file = object::File::parse(&*octets).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut image = Image {
        architecture: file.architecture(),
        flash: 0,
        ram: 0,
        functions: functions(&file),
        constants: Vec::new(),
        data_marks: data_marks(&file),
    };
    for section in file.sections() {
        let SectionFlags::Elf { sh_flags } = section.flags() else { continue };
        // What is left over for stack and heap is no variable.
        let is_rest = matches!(section.name(), Ok(".stack" | ".heap"));
        if is_rest || sh_flags & u64::from(elf::SHF_ALLOC) == 0 {
            continue;
        }
        let zeroed = section.kind() == SectionKind::UninitializedData;
        image.flash += if zeroed { 0 } else { section.size() };
        image.ram += if sh_flags & u64::from(elf::SHF_WRITE) == 0 { 0 } else { section.size() };
    }
    let objects = file.symbols().filter(|symbol| symbol.kind() == SymbolKind::Data && symbol.size() > 0);
    image.constants = objects.map(|symbol| (demangled(symbol.name().unwrap_or("")), symbol.size())).collect();
    Ok(image)
}

fn functions(file: &object::File<'_>) -> Vec<Function> {
    let frames = frames(file);
    let mut functions = Vec::new();
    for symbol in file.symbols().filter(|symbol| symbol.kind() == SymbolKind::Text && symbol.size() > 0) {
        // An odd address means Thumb code.
        let address = symbol.address() & !1;
        let section = symbol.section_index().and_then(|index| file.section_by_index(index).ok());
        let code = section.and_then(|section| section.data_range(address, symbol.size()).ok().flatten());
        functions.push(Function {
            name: demangled(symbol.name().unwrap_or("")),
            address,
            code: code.unwrap_or_default().to_vec(),
            frame: frames.iter().find(|(start, _)| start & !1 == address).map(|(_, size)| *size),
        });
    }
    functions.sort_by_key(|function| function.address);
    // Functions with the same code have been folded into one.
    functions.dedup_by_key(|function| function.address);
    functions
}

/// What the compiler noted with `-Z emit-stack-sizes`: address and octets.
fn frames(file: &object::File<'_>) -> Vec<(u64, u64)> {
    let Some(section) = file.section_by_name(".stack_sizes") else { return Vec::new() };
    let mut rest = section.data().unwrap_or_default();
    let mut frames = Vec::new();
    while let Some((address, tail)) = rest.split_first_chunk::<4>() {
        let length = tail.iter().position(|octet| octet & 0x80 == 0).map_or(tail.len(), |last| last + 1);
        let (size, tail) = tail.split_at(length);
        let size = size.iter().rev().fold(0, |size, octet| size << 7 | u64::from(octet & 0x7F));
        frames.push((u64::from(u32::from_le_bytes(*address)), size));
        rest = tail;
    }
    frames
}

/// The mapping symbols of the ABI. Sections of debugging information have some, too: at addresses that are none.
fn data_marks(file: &object::File<'_>) -> Vec<(u64, bool)> {
    let is_code_section = |index| file.section_by_index(index).is_ok_and(|section| section.kind() == SectionKind::Text);
    let mut marks: Vec<_> = file
        .symbols()
        .filter(|symbol| symbol.section_index().is_some_and(is_code_section))
        .filter_map(|symbol| {
            let name = symbol.name().ok()?;
            let is_data = name == "$d" || name.starts_with("$d.");
            // Thumb code, or code of RISC-V, where the instruction set may follow.
            let is_code = name == "$t" || name.starts_with("$t.") || name.starts_with("$x");
            (is_data || is_code).then_some((symbol.address() & !1, is_data))
        })
        .collect();
    marks.sort_unstable();
    marks
}

fn demangled(name: &str) -> String {
    format!("{:#}", rustc_demangle::demangle(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: u16 = 1;
    const DEBUG: u16 = 2;
    const NAMES: u32 = 4;

    /// An ELF file of 32 bits with code, debugging information and these symbols: section, name, address.
    fn elf(machine: u16, symbols: &[(u16, &str, u32)]) -> Vec<u8> {
        // The names of the sections come first, so that those of symbols are at places that depend on nothing.
        let mut names = b"\0.text\0.debug_str\0.symtab\0.strtab\0".to_vec();
        let mut table = vec![0; 16];
        for (section, name, address) in symbols {
            let at = u32::try_from(names.len()).expect("short");
            table.extend([at, *address, 0].iter().flat_map(|word| word.to_le_bytes()));
            // Local and without a type, as mapping symbols are.
            table.extend([0, 0, section.to_le_bytes()[0], 0]);
            names.extend(name.bytes().chain([0]));
        }
        let parts = [vec![0; 64], vec![0; 64], table, names];
        let starts = parts.iter().scan(52, |at, part| Some(std::mem::replace(at, *at + part.len())));
        // Name, type (1: of the program, 2: symbols, 3: strings), flags (2: in memory, 4: code), link, size of an entry.
        let kinds = [[1, 1, 6, 0, 0], [7, 1, 0, 0, 0], [18, 2, 0, NAMES, 16], [26, 3, 0, 0, 0]];
        let mut headers = vec![0; 40];
        for ((start, part), [name, kind, flags, link, entry]) in starts.zip(&parts).zip(kinds) {
            let [start, size] = [start, part.len()].map(|number| u32::try_from(number).expect("short"));
            let info = if kind == 2 { size / entry } else { 0 };
            let words = [name, kind, flags, 0, start, size, link, info, 4, entry];
            headers.extend(words.iter().flat_map(|word| word.to_le_bytes()));
        }
        let at = u32::try_from(52 + parts.iter().map(Vec::len).sum::<usize>()).expect("short");
        let mut file = b"\x7FELF\x01\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
        file.extend([2_u16, machine].iter().flat_map(|half| half.to_le_bytes()));
        file.extend([1_u32, 0, 0, at, 0].iter().flat_map(|word| word.to_le_bytes()));
        file.extend([52_u16, 0, 0, 40, 5, NAMES as u16].iter().flat_map(|half| half.to_le_bytes()));
        file.extend(parts.concat());
        file.extend(headers);
        file
    }

    #[test]
    fn marks_of_debugging_information_are_none_of_the_code() {
        // The names are those of the ELF ABIs of Arm (mapping symbols) and RISC-V; the numbers that of the machines.
        for (machine, code) in [(40, "$t"), (243, "$xrv32imac")] {
            // Of debugging information they count from its own beginning.
            let symbols =
                [(TEXT, code, 0), (TEXT, "$d.7", 40), (TEXT, code, 48), (DEBUG, "$d.8", 2), (DEBUG, "$d", 60)];
            let octets = elf(machine, &symbols);
            let file = object::File::parse(&*octets).expect("an ELF file");
            let named: Vec<_> =
                file.symbols().filter_map(|symbol| Some((symbol.name().ok()?.to_owned(), symbol.address()))).collect();
            assert_eq!(named.len(), symbols.len(), "{named:?}");
            assert_eq!(data_marks(&file), [(0, false), (40, true), (48, false)]);
        }
    }
}
