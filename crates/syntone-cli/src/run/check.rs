//! `syntone run --check`: what would be in effect, and where it comes from.

use super::options::{self, Support, Value};
use super::settings::{Origin, Settings};
use serde_json::{Map, json};
use std::fmt::Write;

/// The settings as text: what was set, and the defaults of all that can be.
pub(crate) fn text(settings: &Settings) -> String {
    let mut text = String::from("[global]\n");
    for option in options::all() {
        let (value, origin) = settings.value(option);
        let works = matches!(option.support, Support::Works { .. });
        if works || origin != Origin::Default {
            let _ = writeln!(
                text,
                "{:<36} {:<24} # {origin}{}",
                option.name,
                shown(option.name, &value),
                remark(&option.support)
            );
        }
    }
    for interface in &settings.interfaces {
        let _ = writeln!(text, "[{interface}]");
        for option in options::all() {
            if let Some((value, origin)) = settings.own_value(option.name, interface) {
                let _ = writeln!(
                    text,
                    "{:<36} {:<24} # {origin}{}",
                    option.name,
                    shown(option.name, &value),
                    remark(&option.support)
                );
            }
        }
    }
    text
}

/// The same as one JSON object.
pub(crate) fn json(settings: &Settings) -> serde_json::Value {
    let global = options::all().iter().map(|option| (option.name.to_owned(), object(settings.value(option))));
    let ports = settings.interfaces.iter().map(|interface| {
        let own = options::all().iter();
        let own = own
            .filter_map(|option| Some((option.name.to_owned(), object(settings.own_value(option.name, interface)?))));
        (interface.clone(), serde_json::Value::Object(own.collect()))
    });
    json!({ "global": global.collect::<Map<_, _>>(), "ports": ports.collect::<Map<_, _>>() })
}

fn object((value, origin): (Value, Origin)) -> serde_json::Value {
    let value = match value {
        Value::Integer(number) => json!(number),
        Value::Float(number) => json!(number),
        other => json!(other.to_string()),
    };
    json!({ "value": value, "origin": origin.to_string() })
}

fn shown(name: &str, value: &Value) -> String {
    match value {
        // As people write modes of files.
        Value::Integer(mode) if name.ends_with("_file_mode") => format!("0{mode:o}"),
        Value::Text(text) if text.is_empty() => "(empty)".into(),
        other => other.to_string(),
    }
}

fn remark(support: &Support) -> String {
    match support {
        Support::NoEffect { why } => format!("; changes nothing: {why}"),
        _ => String::new(),
    }
}
