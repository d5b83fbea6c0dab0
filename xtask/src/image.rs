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
