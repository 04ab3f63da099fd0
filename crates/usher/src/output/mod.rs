//! What the command line prints: a table for people, JSON for programs, ids alone with `--quiet`.

mod progress;

use std::io::{self, IsTerminal, Write};

use clap::ValueEnum;
use serde_json::{Map, Value};

pub(crate) use self::progress::Progress;

/// How results are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Columns for people.
    Table,
    /// One JSON document.
    Json,
}

/// Prints results to standard output, and remarks to standard error.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    pub(crate) format: Format,
    pub(crate) quiet: bool,
}

/// A result: its members in the order they are shown.
pub(crate) type Item = Map<String, Value>;

/// An item from a JSON object.
pub(crate) fn item(value: Value) -> Item {
    match value {
        Value::Object(map) => map,
        other => [("value".to_owned(), other)].into_iter().collect(),
    }
}

impl Output {
    /// Several items. `--quiet` prints the member `key` of each.
    pub(crate) fn list(self, key: &str, columns: &[&str], items: &[Item]) -> io::Result<()> {
        if self.quiet {
            return items.iter().try_for_each(|item| line(&text(item.get(key))));
        }
        match self.format {
            Format::Json => Self::json(&Value::Array(items.iter().cloned().map(Value::Object).collect())),
            Format::Table => write(&table(columns, items)),
        }
    }

    /// Items one after the other, printed as they come: as [`Self::list`] prints them, however many there are.
    pub(crate) fn listing(self, key: &'static str, columns: &'static [&'static str]) -> Listing {
        Listing {
            out: self,
            key,
            columns,
            widths: None,
            held: Vec::new(),
            is_first: true,
        }
    }

    /// One item. `--quiet` prints its member `key`.
    pub(crate) fn one(self, key: &str, item: &Item) -> io::Result<()> {
        if self.quiet {
            return line(&text(item.get(key)));
        }
        match self.format {
            Format::Json => Self::json(&Value::Object(item.clone())),
            Format::Table => write(&sheet(item)),
        }
    }

    /// That something was done to what has this id. `--quiet` says nothing, JSON an object with the id.
    pub(crate) fn done(self, id: &str, sentence: &str) -> io::Result<()> {
        match (self.quiet, self.format) {
            (true, _) => Ok(()),
            (false, Format::Json) => Self::json(&serde_json::json!({ "id": id })),
            (false, Format::Table) => line(sentence),
        }
    }

    /// A JSON document.
    fn json(value: &Value) -> io::Result<()> {
        line(&serde_json::to_string_pretty(value).unwrap_or_default())
    }

    /// A remark that is no result; not with `--quiet`.
    pub(crate) fn remark(self, text: &str) {
        if !self.quiet {
            let _ = writeln!(io::stderr(), "{text}");
        }
    }
}

/// So many rows say how wide the columns of a table are.
const MEASURED: usize = 1_000;

/// Items that are printed as they come.
#[derive(Debug)]
pub(crate) struct Listing {
    out: Output,
    key: &'static str,
    columns: &'static [&'static str],
    /// Of a table, once its head is printed.
    widths: Option<Vec<usize>>,
    /// Rows of a table that have not been printed.
    held: Vec<Vec<String>>,
    is_first: bool,
}

impl Listing {
    /// The next one.
    pub(crate) fn push(&mut self, item: Item) -> io::Result<()> {
        write(&self.shown(item))
    }

    /// The rest, when all have come.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        write(&self.rest())
    }

    /// What is printed because of one more.
    fn shown(&mut self, item: Item) -> String {
        if self.out.quiet {
            return format!("{}\n", text(item.get(self.key)));
        }
        match self.out.format {
            Format::Json => {
                let before = if std::mem::take(&mut self.is_first) {
                    "[\n  "
                } else {
                    ",\n  "
                };
                let shown = serde_json::to_string_pretty(&Value::Object(item)).unwrap_or_default();
                format!("{before}{}", shown.replace('\n', "\n  "))
            }
            Format::Table => {
                self.held.push(cells(self.columns, &item));
                if self.held.len() < MEASURED {
                    String::new()
                } else {
                    self.rows()
                }
            }
        }
    }

    /// What is printed when there are no more.
    fn rest(&mut self) -> String {
        match (self.out.quiet, self.out.format) {
            (true, _) => String::new(),
            (false, Format::Json) => if self.is_first { "[]\n" } else { "\n]\n" }.to_owned(),
            (false, Format::Table) => self.rows(),
        }
    }

    /// The rows that are held; before the first of all the head.
    fn rows(&mut self) -> String {
        let rows = std::mem::take(&mut self.held);
        let heads = self.widths.is_none().then(|| heads(self.columns));
        let widths = self
            .widths
            .get_or_insert_with(|| widths(heads.as_deref().unwrap_or_default(), &rows));
        heads.iter().chain(&rows).map(|row| aligned(row, widths)).collect()
    }
}

/// One line to standard output, at once.
pub(crate) fn line(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}")?;
    out.flush()
}

/// Text to standard output, as it is.
pub(crate) fn write(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Whether a person watches standard error.
pub(crate) fn is_watched() -> bool {
    io::stderr().is_terminal()
}

/// A value as a cell shows it. What people entered cannot steer the terminal.
pub(crate) fn text(value: Option<&Value>) -> String {
    let text = match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(list)) => list
            .iter()
            .map(|value| text(Some(value)))
            .collect::<Vec<_>>()
            .join(", "),
        Some(Value::Object(map)) => short(map),
        Some(other) => other.to_string(),
    };
    text.chars()
        .map(|letter| {
            if letter.is_control() || is_invisible(letter) {
                '\u{fffd}'
            } else {
                letter
            }
        })
        .collect()
}

/// An object in a cell: the member that says it best.
fn short(map: &Map<String, Value>) -> String {
    let best = ["display", "value", "formatted", "displayName"]
        .iter()
        .find_map(|name| map.get(*name).and_then(Value::as_str));
    best.map_or_else(|| Value::Object(map.clone()).to_string(), str::to_owned)
}

/// Marks that turn the direction of writing: they could make one name look like another.
fn is_invisible(letter: char) -> bool {
    matches!(letter, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

fn table(columns: &[&str], items: &[Item]) -> String {
    let rows: Vec<Vec<String>> = items.iter().map(|item| cells(columns, item)).collect();
    let heads = heads(columns);
    let widths = widths(&heads, &rows);
    let all = std::iter::once(&heads).chain(&rows);
    all.map(|row| aligned(row, &widths)).collect()
}

fn cells(columns: &[&str], item: &Item) -> Vec<String> {
    columns.iter().map(|column| text(item.get(*column))).collect()
}

fn heads(columns: &[&str]) -> Vec<String> {
    columns.iter().map(|column| head(column)).collect()
}

fn widths(heads: &[String], rows: &[Vec<String>]) -> Vec<usize> {
    let width = |(index, head): (usize, &String)| {
        let cells = rows.iter().map(|row| row[index].chars().count());
        cells.chain([head.chars().count()]).max().unwrap_or(0)
    };
    heads.iter().enumerate().map(width).collect()
}

fn aligned(row: &[String], widths: &[usize]) -> String {
    let cells: Vec<String> = row
        .iter()
        .zip(widths)
        .map(|(cell, width)| format!("{cell:<width$}"))
        .collect();
    format!("{}\n", cells.join("  ").trim_end())
}

/// One line for each member; what has parts is shown part by part, an extension without its URN.
fn sheet(item: &Item) -> String {
    let mut lines: Vec<(String, String)> = Vec::new();
    flatten("", item, &mut lines);
    let width = lines.iter().map(|(key, _)| key.chars().count()).max().unwrap_or(0);
    let line = |(key, value): &(String, String)| format!("{}\n", format!("{key:<width$}  {value}").trim_end());
    lines.iter().map(line).collect()
}

fn flatten(prefix: &str, item: &Item, lines: &mut Vec<(String, String)>) {
    for (key, value) in item {
        let key = if key.starts_with("urn:") {
            prefix.to_owned()
        } else {
            format!("{prefix}{key}")
        };
        match value {
            Value::Null => {}
            Value::Object(parts) if key.is_empty() => flatten("", parts, lines),
            Value::Object(parts) => flatten(&format!("{key}."), parts, lines),
            value if lines.iter().all(|(known, _)| *known != key) => lines.push((key, text(Some(value)))),
            _ => {}
        }
    }
}

fn head(column: &str) -> String {
    let mut words = String::new();
    for letter in column.chars() {
        if letter.is_uppercase() {
            words.push(' ');
        }
        words.extend(if letter == '_' {
            ' '.to_uppercase()
        } else {
            letter.to_uppercase()
        });
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_table_has_columns_of_the_widest_cell() {
        let items = [
            item(json!({ "userName": "ann", "id": 1 })),
            item(json!({ "userName": "barbara", "id": null })),
        ];
        assert_eq!(
            table(&["userName", "id"], &items),
            "USER NAME  ID\nann        1\nbarbara\n"
        );
        assert_eq!(table(&["id", "expires_at"], &[]), "ID  EXPIRES AT\n");
    }

    #[test]
    fn what_is_printed_as_it_comes_is_what_would_be_printed_at_once() {
        let items: Vec<Item> = (0..MEASURED + 2)
            .map(|id| item(json!({ "id": id, "roles": ["a", "b"] })))
            .collect();
        let printed = |format, quiet, items: &[Item]| {
            let mut listing = Output { format, quiet }.listing("id", &["roles", "id"]);
            let mut all: String = items.iter().cloned().map(|item| listing.shown(item)).collect();
            all.push_str(&listing.rest());
            all
        };
        for items in [&items[..], &items[..1], &[]] {
            let json = serde_json::to_string_pretty(items).expect("JSON");
            assert_eq!(printed(Format::Json, false, items), format!("{json}\n"));
            assert_eq!(printed(Format::Table, false, items), table(&["roles", "id"], items));
        }
        assert_eq!(printed(Format::Json, true, &items[..2]), "0\n1\n");
    }

    #[test]
    fn what_people_entered_cannot_steer_the_terminal() {
        let items = [item(json!({ "name": "a\u{1b}[2Jb\nc\u{202e}d" }))];
        assert_eq!(table(&["name"], &items), "NAME\na\u{fffd}[2Jb\u{fffd}c\u{fffd}d\n");
    }

    #[test]
    fn a_sheet_leaves_out_what_is_absent_and_shows_parts() {
        assert_eq!(
            sheet(&item(
                json!({ "id": "x", "name": null, "emails": [{ "value": "a@b" }] })
            )),
            "id      x\nemails  a@b\n"
        );
        let parts = json!({ "id": "x", "name": { "givenName": "Ann" }, "urn:x:User": { "id": "y", "manager": { "value": "z" } } });
        assert_eq!(
            sheet(&item(parts)),
            "id              x\nname.givenName  Ann\nmanager.value   z\n"
        );
    }
}
