//! The alert rules and the dashboard of `docs/monitoring/`, as their programs read them.

use crate::context::{Context, run};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;

const DASHBOARD: &str = "docs/monitoring/grafana.json";
/// Columns of a dashboard.
const COLUMNS: u64 = 24;

/// The rules, their tests, and each expression of the dashboard.
pub(crate) fn step(context: &Context) -> Result<(), String> {
    run(context.program("promtool").args(["check", "rules", "docs/monitoring/alerts.yml"]))?;
    let tests = ["tests/monitoring/alerts.test.yml", "tests/monitoring/slow.test.yml"];
    run(context.program("promtool").args(["test", "rules"]).args(tests))?;
    let text = fs::read_to_string(context.root.join(DASHBOARD)).map_err(|error| format!("{DASHBOARD}: {error}"))?;
    let expressions = check_dashboard(&text).map_err(|what| format!("{DASHBOARD}: {what}"))?;
    // promtool parses what stands in rules.
    let rules = context.target().join("dashboard-rules.yml");
    fs::write(&rules, as_rules(&expressions)).map_err(|error| error.to_string())?;
    run(context.program("promtool").args(["check", "rules", "--lint=none"]).arg(&rules))
}

/// What Grafana wants of a dashboard that is put into its folder: an identity, and panels that are told apart, have their place, and ask a
/// source that is chosen on the page. Gives what they ask for.
fn check_dashboard(text: &str) -> Result<Vec<String>, String> {
    let dashboard: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if !["uid", "title"].iter().all(|name| dashboard[name].as_str().is_some_and(|text| !text.is_empty())) {
        return Err("it has no uid or no title".into());
    }
    if dashboard["schemaVersion"].as_u64().is_none() || !dashboard["id"].is_null() {
        return Err("it has no schemaVersion, or an id, which is of one installation".into());
    }
    let variables: Vec<&str> = list(&dashboard["templating"]["list"]).filter_map(|one| one["name"].as_str()).collect();
    let (mut numbers, mut cells, mut expressions) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
    for panel in list(&dashboard["panels"]) {
        let title = panel["title"].as_str().filter(|title| !title.is_empty()).ok_or("a panel has no title")?;
        let wrong = |what: &str| Err(format!("panel {title:?} {what}"));
        if !panel["id"].as_u64().is_some_and(|id| numbers.insert(id)) {
            return wrong("has no id, or that of another");
        }
        if !place(&panel["gridPos"]).is_some_and(|place| place.into_iter().all(|cell| cells.insert(cell))) {
            return wrong("has no place, or lies over another");
        }
        let mut letters = BTreeSet::new();
        for target in list(&panel["targets"]) {
            let source = target["datasource"]["uid"].as_str().or_else(|| panel["datasource"]["uid"].as_str());
            if !source.and_then(|uid| uid.strip_prefix("${")?.strip_suffix('}')).is_some_and(|n| variables.contains(&n))
            {
                return wrong("asks a source that is of one installation");
            }
            if !target["refId"].as_str().is_some_and(|letter| letters.insert(letter.to_owned())) {
                return wrong("has two questions of one refId");
            }
            expressions.push(target["expr"].as_str().unwrap_or_default().to_owned());
        }
    }
    if expressions.is_empty() { Err("it asks for nothing".into()) } else { Ok(expressions) }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// The cells that a panel covers.
fn place(grid: &Value) -> Option<Vec<(u64, u64)>> {
    let [x, y, w, h] = ["x", "y", "w", "h"].map(|name| grid[name].as_u64());
    let (x, y, w, h) = (x?, y?, w?, h?);
    let inside = w > 0 && h > 0 && x.checked_add(w)? <= COLUMNS;
    inside.then(|| (x..x + w).flat_map(|column| (y..y + h).map(move |row| (column, row))).collect())
}

/// Variables of Grafana are replaced as it does.
fn as_rules(expressions: &[String]) -> String {
    let mut text = String::from("groups:\n- name: dashboard\n  rules:\n");
    for (number, expression) in expressions.iter().enumerate() {
        let expression = expression.replace("$__rate_interval", "1m");
        text += &format!("  - record: dashboard:expression:{number}\n    expr: {}\n", Value::from(expression));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dashboard(panels: &str) -> Result<Vec<String>, String> {
        let list = r#"[{"name": "source", "type": "datasource"}]"#;
        check_dashboard(&format!(
            r#"{{"uid": "a", "title": "A", "schemaVersion": 38, "templating": {{"list": {list}}}, "panels": [{panels}]}}"#
        ))
    }

    fn panel(id: u32, x: u32, source: &str) -> String {
        format!(
            r#"{{"id": {id}, "title": "P", "gridPos": {{"x": {x}, "y": 0, "w": 12, "h": 4}},
                "targets": [{{"refId": "A", "expr": "up", "datasource": {{"uid": "{source}"}}}}]}}"#
        )
    }

    #[test]
    fn panels_are_told_apart_have_their_place_and_ask_a_chosen_source() {
        let two = |other: &str| dashboard(&format!("{},{other}", panel(1, 0, "${source}")));
        assert_eq!(two(&panel(2, 12, "${source}")).unwrap(), ["up", "up"]);
        assert!(two(&panel(1, 12, "${source}")).unwrap_err().contains("that of another"));
        assert!(two(&panel(2, 11, "${source}")).unwrap_err().contains("over another"));
        assert!(two(&panel(2, 13, "${source}")).unwrap_err().contains("no place"));
        assert!(two(&panel(2, 12, "P1809F7CD0C75ACF3")).unwrap_err().contains("one installation"));
        assert!(two(&panel(2, 12, "${other}")).unwrap_err().contains("one installation"));
        assert!(dashboard("").unwrap_err().contains("nothing"));
    }
}
