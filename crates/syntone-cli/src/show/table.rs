//! The clocks of a network, a line each.

use super::Answers;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write;

const HEADINGS: [&str; 8] = ["clock", "type", "domain", "state", "offset ns", "delay ns", "steps", "grandmaster"];

/// The table, the grandmasters first and then by the steps to them.
pub(super) fn print(clocks: &BTreeMap<String, Answers>) -> String {
    let mut rows: Vec<_> = clocks.iter().map(|(identity, answers)| Clock { identity, answers }).collect();
    rows.sort_by_key(|clock| (clock.steps().unwrap_or(u64::MAX), clock.identity));
    let cells: Vec<_> = rows.iter().map(Clock::cells).collect();
    let width = |column: usize| cells.iter().map(|cells| cells[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<_> = (0..HEADINGS.len()).map(|column| width(column).max(HEADINGS[column].len())).collect();
    let mut text = String::new();
    let mut line = |cells: &[String], last: &str| {
        for (cell, width) in cells.iter().zip(&widths) {
            let _ = write!(text, "{cell:width$}  ");
        }
        let _ = writeln!(text, "{last}");
    };
    line(&HEADINGS.map(str::to_owned), "description");
    for (clock, cells) in rows.iter().zip(&cells) {
        line(cells, &clock.description());
    }
    text.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

/// One clock, and what it has answered.
struct Clock<'a> {
    identity: &'a String,
    answers: &'a Answers,
}

/// For what is not told.
const UNTOLD: &str = "-";

impl Clock<'_> {
    fn field(&self, id: &str, name: &str) -> Option<&Value> {
        self.answers.get(id)?.get(name)
    }

    fn steps(&self) -> Option<u64> {
        self.field("CURRENT_DATA_SET", "stepsRemoved")?.as_u64()
    }

    fn cells(&self) -> [String; 8] {
        let follows = self.steps().is_some_and(|steps| steps > 0);
        let nanoseconds = |name| {
            let value = self.field("CURRENT_DATA_SET", name).and_then(Value::as_f64).filter(|_| follows);
            // In units of 2⁻¹⁶ ns, as in the messages.
            value.map_or_else(|| UNTOLD.to_owned(), |value| format!("{:.0}", value / 65_536.0))
        };
        let whole = |id, name| self.field(id, name).map_or_else(|| UNTOLD.to_owned(), Value::to_string);
        let text = |id, name| self.field(id, name).and_then(Value::as_str).unwrap_or(UNTOLD).to_owned();
        [
            self.identity.clone(),
            self.kind().to_owned(),
            whole("DEFAULT_DATA_SET", "domainNumber"),
            self.state(),
            nanoseconds("offsetFromMaster"),
            nanoseconds("meanPathDelay"),
            self.steps().map_or_else(|| UNTOLD.to_owned(), |steps| steps.to_string()),
            text("PARENT_DATA_SET", "grandmasterIdentity"),
        ]
    }

    /// By clockType (IEEE 1588-2019 15.5.3.1.2), or by what else it tells.
    fn kind(&self) -> &'static str {
        let told = self.field("CLOCK_DESCRIPTION", "clockType").and_then(Value::as_u64);
        match told.map(|bits| bits & 0xF800) {
            Some(bits) if bits & 0x8000 != 0 => "ordinary",
            Some(bits) if bits & 0x4000 != 0 => "boundary",
            Some(bits) if bits & 0x2000 != 0 => "transparent P2P",
            Some(bits) if bits & 0x1000 != 0 => "transparent E2E",
            Some(0x0800) => "management",
            _ if self.answers.contains_key("TRANSPARENT_CLOCK_DEFAULT_DATA_SET") => "transparent",
            _ => match self.field("DEFAULT_DATA_SET", "numberPorts").and_then(Value::as_u64) {
                Some(1) => "ordinary",
                Some(_) => "boundary",
                None => UNTOLD,
            },
        }
    }

    /// The states of its ports, each once.
    fn state(&self) -> String {
        let ports = self.answers.get("PORT_DATA_SET").and_then(Value::as_array);
        let mut states: Vec<&str> =
            ports.into_iter().flatten().filter_map(|port| port.get("portStateName")?.as_str()).collect();
        states.sort_unstable();
        states.dedup();
        if states.is_empty() { UNTOLD.to_owned() } else { states.join(", ") }
    }

    /// What its user calls it, else what its maker does.
    fn description(&self) -> String {
        let text = |name| self.field("CLOCK_DESCRIPTION", name).and_then(Value::as_str).unwrap_or_default();
        let own = text("userDescription");
        let product: Vec<_> = text("productDescription").split(';').filter(|part| !part.is_empty()).collect();
        if own.is_empty() { product.join(" ") } else { own.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn grandmasters_stand_first_and_what_is_not_told_is_left_open() {
        let answers = |value: Value| value.as_object().cloned().expect("an object");
        let clocks = BTreeMap::from([
            (
                "000000.0000.000001".to_owned(),
                answers(json!({
                    "DEFAULT_DATA_SET": { "domainNumber": 3, "numberPorts": 1 },
                    "CURRENT_DATA_SET": { "stepsRemoved": 1, "offsetFromMaster": -12 * 65_536 - 9, "meanPathDelay": 700 * 65_536 },
                    "PARENT_DATA_SET": { "grandmasterIdentity": "000000.0000.000002" },
                    "PORT_DATA_SET": [{ "portStateName": "SLAVE" }],
                    "CLOCK_DESCRIPTION": { "clockType": 0x8000, "productDescription": "Maker;;7", "userDescription": "" },
                })),
            ),
            (
                "000000.0000.000002".to_owned(),
                answers(json!({
                    "CURRENT_DATA_SET": { "stepsRemoved": 0, "offsetFromMaster": 5, "meanPathDelay": 0 },
                    "PORT_DATA_SET": [{ "portStateName": "MASTER" }, { "portStateName": "MASTER" }],
                    "CLOCK_DESCRIPTION": { "clockType": 0x4000, "productDescription": ";;", "userDescription": "roof" },
                })),
            ),
            ("000000.0000.000000".to_owned(), answers(json!({ "TRANSPARENT_CLOCK_DEFAULT_DATA_SET": {} }))),
        ]);
        let text = print(&clocks);
        let lines: Vec<Vec<&str>> = text
            .lines()
            .skip(1)
            .map(|line| line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect())
            .collect();
        assert_eq!(lines[0], ["000000.0000.000002", "boundary", "-", "MASTER", "-", "-", "0", "-", "roof"]);
        let slave =
            ["000000.0000.000001", "ordinary", "3", "SLAVE", "-12", "700", "1", "000000.0000.000002", "Maker 7"];
        assert_eq!(lines[1], slave);
        assert_eq!(lines[2], ["000000.0000.000000", "transparent", "-", "-", "-", "-", "-", "-"]);
        assert!(text.lines().all(|line| line.trim_end() == line));
    }
}
