//! People and memberships from CSV: planned, approved, applied, killed in the middle and resumed; and back as CSV.
//!
//! - `interrupted`: many people, a kill, 0 mails, memory
//! - `mistakes`: files and plans that are refused, each with one line that says what to do
//! - `round`: what is exported is imported unchanged

mod interrupted;
mod mistakes;
mod round;

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::support::Place;

/// A file of this name in the place's folder.
fn file(place: &Place, name: &str, text: &str) -> PathBuf {
    let file = place.folder().join(name);
    fs::write(&file, text).expect("it is written");
    file
}

fn path(file: &std::path::Path) -> &str {
    file.to_str().expect("a plain path")
}

/// The id of a plan.
fn id(plan: &Value) -> String {
    plan["id"].as_str().expect("an id").to_owned()
}

/// Plans what a file says of people.
fn import(place: &Place, name: &str, text: &str, words: &[&str]) -> Value {
    let file = file(place, name, text);
    let mut all = vec!["user", "import", path(&file)];
    all.extend(words);
    place.json(&all)
}

/// The same with approval, which applies it.
fn imported(place: &Place, name: &str, text: &str, words: &[&str]) -> Value {
    let mut all = words.to_vec();
    all.push("--yes");
    import(place, name, text, &all)
}
