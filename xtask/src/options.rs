//! The table in `docs/from-linuxptp.md`: what the daemon does with each option of linuxptp, from the daemon's own table.

use crate::context::Context;
use std::fmt::Write;
use std::fs;

const TABLE: &str = "crates/syntone-cli/src/run/options/table.txt";
const GUIDE: &str = "docs/from-linuxptp.md";
/// Between these lines of the guide the table stands.
const BEGIN: &str = "<!-- options: cargo xtask options --update -->\n";
const END: &str = "<!-- end of options -->\n";
/// Options that linuxptp does not have.
const OWN: &str = "Syntone's own";

/// Makes the table anew.
pub(crate) fn command(context: &Context, update: bool) -> Result<(), String> {
    let (kept, made) = both(context)?;
    if !update {
        print!("{made}");
    } else if kept != made {
        return fs::write(context.root.join(GUIDE), made).map_err(|error| format!("{GUIDE}: {error}"));
    }
    Ok(())
}

/// The table as it is kept is that of the daemon.
pub(crate) fn step(context: &Context) -> Result<(), String> {
    let (kept, made) = both(context)?;
    if kept == made {
        return Ok(());
    }
    Err(format!("{GUIDE} is not what {TABLE} says: cargo xtask options --update"))
}

/// The guide as it is kept, and as it should be.
fn both(context: &Context) -> Result<(String, String), String> {
    let read = |path: &str| fs::read_to_string(context.root.join(path)).map_err(|error| format!("{path}: {error}"));
    let (guide, table) = (read(GUIDE)?, read(TABLE)?);
    let marks = guide.split_once(BEGIN).and_then(|(before, rest)| Some((before, rest.split_once(END)?.1)));
    let (before, after) = marks.ok_or_else(|| format!("{GUIDE} has lost its marks {BEGIN:?} and {END:?}"))?;
    let made = format!("{before}{BEGIN}{}{END}{after}", render(&table)?);
    Ok((guide, made))
}

fn render(table: &str) -> Result<String, String> {
    let mut text = String::new();
    let mut own = false;
    for line in table.lines().filter(|line| !line.starts_with('#')) {
        if let Some(heading) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            own = heading == OWN;
            if !own {
                let _ = write!(
                    text,
                    "\n### {heading}\n\n| option | default | here | why, and what to use instead |\n|---|---|---|---|\n"
                );
            }
            continue;
        }
        let [name, _, _, default, _, support, _] = line.splitn(7, " | ").collect::<Vec<_>>()[..] else {
            return Err(format!("{TABLE}: a line that is none: {line}"));
        };
        if own {
            continue;
        }
        let (head, why) = support.split_once(": ").unwrap_or((support, ""));
        let here = match head.split_once(' ') {
            _ if head == "works" => "same".to_owned(),
            Some(("works", values)) => format!("same, {}", values.replace("except", "without")),
            _ if head == "no effect" => "taken, changes nothing".to_owned(),
            Some(("fixed", values)) => format!("refused, unless it is the default or {values}"),
            _ => "refused, unless it is the default".to_owned(),
        };
        let default = if default.is_empty() { String::new() } else { format!("`{default}`") };
        let _ = writeln!(text, "| `{name}` | {default} | {here} | {why} |");
    }
    text.push('\n');
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_support_is_told_and_own_options_are_left_out() {
        let table = "# a remark\n[Roles]\na | G | int | 0 | 0 to 1 | works | x\nb | P | enum | X | X, Y | works except Y: not yet | x\n\
                     c | G | int | 1 |  | fixed 3: so | x\nd | G | str |  |  | no effect: never | x\n[Syntone's own]\ne | G | int | 1 | 1 | works | x\n";
        let text = render(table).expect("its lines are right");
        let rows: Vec<_> = text.lines().filter(|line| line.starts_with("| `")).collect();
        assert_eq!(
            rows,
            [
                "| `a` | `0` | same |  |",
                "| `b` | `X` | same, without Y | not yet |",
                "| `c` | `1` | refused, unless it is the default or 3 | so |",
                "| `d` |  | taken, changes nothing | never |",
            ]
        );
        assert!(render("[Roles]\nno line\n").is_err());
    }
}
