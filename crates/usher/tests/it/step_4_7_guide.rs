//! The guide to the pages says what stands on them, and how many steps each journey takes: as many as `step_4_1_journeys` counts.

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Map, Value};

use crate::step_4_1_journeys::STEPS;
use crate::support::workspace;

#[test]
fn the_guide_to_the_pages_names_what_stands_on_them_and_counts_the_steps() {
    let guide = fs::read_to_string(workspace().join("docs/groups-on-the-pages.md")).expect("the guide");
    let texts = fs::read_to_string(workspace().join("crates/faces/languages/en.json")).expect("the texts");
    let texts: Map<String, Value> = serde_json::from_str(&texts).expect("texts");
    let texts: BTreeSet<&str> = texts.values().filter_map(Value::as_str).collect();
    let named: Vec<&str> = guide
        .split("**")
        .skip(1)
        .step_by(2)
        .filter(|name| *name != "bold")
        .collect();
    for name in &named {
        let name = name.replace('\n', " ");
        assert!(texts.contains(name.as_str()), "{name:?} stands on no page");
    }
    assert!(named.len() > 20, "{named:?}");
    let rows = guide
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
    let rows = rows.filter_map(|row| row.split_once(" | "));
    let counted: Vec<(&str, usize)> = rows
        .filter_map(|(what, steps)| Some((what, steps.parse().ok()?)))
        .collect();
    assert_eq!(counted, STEPS);
    for (what, steps) in counted {
        say(&format!("figure: {what}: {steps} steps"));
    }
}

#[expect(clippy::print_stdout, reason = "figures are printed")]
fn say(figure: &str) {
    println!("{figure}");
}
