//! What the steps need beside Rust, and how it gets here.

use crate::context::{Context, run};
use std::env;
use std::path::Path;

/// A tool that a step needs, and the Debian package that brings it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Need {
    /// The program's name, or the path of a file if it begins with a slash.
    pub(crate) probe: &'static str,
    /// The Debian package.
    pub(crate) package: &'static str,
}

const fn need(probe: &'static str, package: &'static str) -> Need {
    Need { probe, package }
}

/// The toolchain for microcontrollers, and a board without hardware.
pub(crate) const BOARD: [Need; 5] =
    [CROSS[0], CROSS[1], CROSS[2], CROSS[3], need("qemu-system-arm", "qemu-system-arm")];
/// Boards, and programs of Linux in the same network.
pub(crate) const FIRMWARE: [Need; 9] =
    [BOARD[0], BOARD[1], BOARD[2], BOARD[3], BOARD[4], INTEROP[0], INTEROP[1], INTEROP[4], INTEROP[10]];
/// The same board for a program in C.
pub(crate) const C_FIRMWARE: [Need; 7] = [
    BOARD[0],
    BOARD[1],
    BOARD[2],
    BOARD[3],
    BOARD[4],
    need("arm-none-eabi-gcc", "gcc-arm-none-eabi"),
    need("make", "make"),
];
/// A second Rust toolchain, with the sources of its standard library, that builds for any target.
pub(crate) const CROSS: [Need; 4] = [
    need("/usr/bin/rustc", "rustc-web"),
    need("/usr/bin/cargo", "cargo-web"),
    need("/usr/lib/rustlib/src/rust/library/core/Cargo.toml", "rust-web-src"),
    need("ar", "binutils"),
];
/// The same, and a C compiler for any target.
pub(crate) const CROSS_C: [Need; 5] = [CROSS[0], CROSS[1], CROSS[2], CROSS[3], CPP[7]];
/// An emulator of the processor, for firmware on a model of its chip.
pub(crate) const STM32: [Need; 7] = [
    CROSS[0],
    CROSS[1],
    CROSS[2],
    CROSS[3],
    need("/usr/bin/python3", "python3"),
    need("/usr/lib/python3/dist-packages/unicorn/__init__.py", "python3-unicorn"),
    need("/usr/lib/python3/dist-packages/elftools/__init__.py", "python3-pyelftools"),
];
/// What the toolchain of the oldest supported Rust is linked with.
pub(crate) const MSRV: [Need; 2] = [
    need("/usr/lib/x86_64-linux-gnu/libLLVM.so.19.1", "libllvm19"),
    need("/usr/lib/x86_64-linux-gnu/libpcre.so.3", "libpcre3"),
];
/// Network namespaces, and the peers that live in them.
pub(crate) const INTEROP: [Need; 19] = [
    need("ip", "iproute2"),
    need("setpriv", "util-linux"),
    need("ethtool", "ethtool"),
    need("nft", "nftables"),
    need("ptp4l", "linuxptp"),
    need("ptpd", "ptpd"),
    need("tshark", "tshark"),
    need("tcpdump", "tcpdump"),
    need("g++", "g++"),
    need("make", "make"),
    need("/usr/bin/python3", "python3"),
    need("/usr/lib/python3/dist-packages/prometheus_client/openmetrics/parser.py", "python3-prometheus-client"),
    MONITORING[0],
    CPP[2],
    CPP[3],
    CPP[4],
    CPP[7],
    CPP[8],
    need("strace", "strace"),
];
/// The judge of alert rules, which scrapes, too.
pub(crate) const MONITORING: [Need; 1] = [need("promtool", "prometheus")];
/// The judges of a unit and of man pages.
pub(crate) const PACKAGING: [Need; 2] = [need("systemd-analyze", "systemd"), need("groff", "groff-base")];
/// A guest with Debian's own kernel, its simulated network, and the peer that comes along.
pub(crate) const GUEST: [Need; 8] = [
    need("qemu-system-x86_64", "qemu-system-x86"),
    need("gcc", "gcc"),
    need("make", "make"),
    need("depmod", "kmod"),
    need("xz", "xz-utils"),
    need("dash", "dash"),
    need("ip", "iproute2"),
    need("ptp4l", "linuxptp"),
];
/// Two C++ compilers, each with its sanitizers, and what builds with them.
pub(crate) const CPP: [Need; 9] = [
    need("g++", "g++"),
    need("make", "make"),
    need("cmake", "cmake"),
    need("valgrind", "valgrind"),
    need("pkg-config", "pkg-config"),
    need("/usr/include/pcap/pcap.h", "libpcap-dev"),
    need("/usr/bin/python3", "python3"),
    need("clang++", "clang"),
    need("/usr/lib/llvm-14/lib/clang/14.0.6/lib/linux/libclang_rt.asan-x86_64.a", "libclang-rt-14-dev"),
];

impl Need {
    /// The tool is on this machine.
    pub(crate) fn is_met(self) -> bool {
        if self.probe.starts_with('/') { Path::new(self.probe).exists() } else { find(self.probe).is_some() }
    }
}

/// Where `program` is, among the folders of PATH and those of the administrator.
fn find(program: &str) -> Option<std::path::PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = env::split_paths(&path).chain(["/usr/sbin", "/sbin", "/usr/local/sbin"].map(Into::into));
    folders.map(|folder| folder.join(program)).find(|candidate| candidate.is_file())
}

/// The Debian packages that bring what is missing of `needs`.
pub(crate) fn missing(needs: &[Need]) -> Vec<String> {
    let mut packages: Vec<String> =
        needs.iter().filter(|need| !need.is_met()).map(|need| need.package.to_owned()).collect();
    packages.sort();
    packages.dedup();
    packages
}

/// Installs `packages` if this machine allows it.
pub(crate) fn install(context: &Context, packages: &[String]) -> Result<(), String> {
    if packages.is_empty() {
        return Ok(());
    }
    let list = packages.join(" ");
    if !context.superuser || find("apt-get").is_none() {
        return Err(format!("missing: {list}. As root: apt-get install --no-install-recommends {list}"));
    }
    println!("installing: {list}");
    let apt = || {
        let mut command = context.program("apt-get");
        command.env("DEBIAN_FRONTEND", "noninteractive");
        command
    };
    run(apt().args(["-qq", "update"]))?;
    let quiet = ["-qq", "-y", "-o", "Dpkg::Use-Pty=0", "install", "--no-install-recommends"];
    run(apt().args(quiet).args(packages).stdout(std::process::Stdio::null()))
}
