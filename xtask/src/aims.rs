//! What was aimed at for each kind of clock, beside what is measured and what peers take.

use crate::figures::grouped;
use crate::size::Measured;
use std::fmt::Write;

/// Octets.
const KB: u64 = 1024;
const BOARD: &str = "board without protocol";

/// An image and what it was to take at the most.
struct Aim {
    about: &'static str,
    image: &'static str,
    /// Flash above that of the board alone; the clock with what is static; stack.
    most: [u64; 3],
}

const AIMS: [Aim; 6] = [
    aim("slave without framing", "syntone slave", [8 * KB, KB, KB * 3 / 2]),
    aim("(a) slave over UDP/IPv4", "syntone slave over UDP/IPv4", [10 * KB, KB, KB * 3 / 2]),
    aim(
        "(a) with a servo of two gains, messages of 128 octets",
        "syntone least slave over UDP/IPv4",
        [10 * KB, KB, KB * 3 / 2],
    ),
    aim(
        "(b) ordinary clock, both roles and mechanisms, Ethernet, UDP/IPv4 and UDP/IPv6",
        "syntone ordinary clock over any transport",
        [18 * KB, 3 * KB, 2 * KB],
    ),
    aim(
        "(c) boundary clock, two ports, management",
        "syntone boundary clock, two ports, managed",
        [32 * KB, 5 * KB, 2 * KB],
    ),
    aim("(d) transparent clock, two ports", "syntone transparent clock, two ports", [18 * KB, 3 * KB, 2 * KB]),
];
const PEER: (&str, &str) = ("statime 0.4, slave over Ethernet", "statime slave");
/// Measured once, linked by itself: without its drivers and network stack, with its PID servo, without printing floating point.
const FLEXPTP: &str =
    "| flexPTP, ordinary clock, both mechanisms, no management (Cortex-M4) | 22 800 to 25 900 | 8 400 | 2 000 |\n";

const fn aim(about: &'static str, image: &'static str, most: [u64; 3]) -> Aim {
    Aim { about, image, most }
}

/// The aims with what was measured on `target`; empty if the board alone was not.
pub(crate) fn table(measured: &[Measured], target: &str) -> String {
    let find = |image: &str| measured.iter().find(|one| one.name() == image && one.target() == target);
    let Some(board) = find(BOARD) else { return String::new() };
    let mut text =
        format!("| {target}: octets, of those aimed at | flash | clock and static RAM | stack |\n|---|--:|--:|--:|\n");
    for Aim { about, image, most } in &AIMS {
        if let Some(one) = find(image) {
            row(&mut text, about, taken(one, board).into_iter().zip(most).map(|(size, most)| judged(size, *most)));
        }
    }
    if let Some(peer) = find(PEER.1) {
        row(&mut text, PEER.0, taken(peer, board).into_iter().map(grouped));
    }
    text + FLEXPTP
}

/// Flash above the board, what the clock is in with what is static, and the stack above that once it runs.
fn taken(one: &Measured, board: &Measured) -> [u64; 3] {
    let ram = one.ram() + one.home().saturating_sub(board.home());
    [one.flash().saturating_sub(board.flash()), ram, one.stacks()[1].saturating_sub(one.home())]
}

fn judged(size: u64, most: u64) -> String {
    let (size_told, most_told) = (grouped(size), grouped(most));
    if size <= most { format!("{size_told} of {most_told}") } else { format!("**{size_told}** of {most_told}") }
}

fn row(text: &mut String, title: &str, cells: impl Iterator<Item = String>) {
    let _ = write!(text, "| {title} |");
    cells.for_each(|cell| text.push_str(&format!(" {cell} |")));
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_more_than_was_aimed_at_is_bold() {
        assert_eq!([judged(10, 10), judged(11, 10)], ["10 of 10", "**11** of 10"]);
    }
}
