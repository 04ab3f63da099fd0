//! `usher user export` and `usher group export`: a CSV that `import` reads back unchanged. Written row by row, so its size does
//! not matter.

use std::fs::{self, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use csv::Writer;
use directory::Id;
use directory::client::{Profile, ResourceKind};
use directory::zone::Zone;
use faces::sheet::terms::{self, Terms};
use faces::sheet::{Pages, cell};
use scim::filter::Filter;
use scim::schema::Type;
use serde_json::{Map, Value};

use super::context::Context;
use super::import::column::{self, Column};
use super::resource;
use crate::output::{self, Progress};

/// Resources read at a time.
const SLICE: usize = 500;

/// What there usually is of a person, in the order of columns.
const USUAL: [&str; 15] = [
    "userName",
    "displayName",
    "name.givenName",
    "name.familyName",
    "emails[type eq \"work\"].value",
    "emails[type eq \"home\"].value",
    "phoneNumbers[type eq \"work\"].value",
    "phoneNumbers[type eq \"mobile\"].value",
    "title",
    "userType",
    "preferredLanguage",
    "locale",
    "timezone",
    "active",
    "externalId",
];

/// Where to.
#[derive(Debug, Args)]
pub(super) struct Export {
    /// The file to make, or - for standard output
    #[arg(default_value = "-")]
    file: PathBuf,
    /// Only those that match: a SCIM filter
    #[arg(long, value_name = "FILTER")]
    filter: Option<String>,
    /// Take the place of a file that is there
    #[arg(long)]
    force: bool,
}

/// What of people, beside that.
#[derive(Debug, Args)]
pub(super) struct ExportPeople {
    #[command(flatten)]
    export: Export,
    /// Which columns, separated by commas [default: what there usually is, and what extensions have]
    #[arg(long, value_name = "COLUMN,…")]
    columns: Option<String>,
}

impl ExportPeople {
    pub(super) async fn run(&self, context: &Context) -> Result<()> {
        let names = match &self.columns {
            Some(names) => names.split(',').map(|name| name.trim().to_owned()).collect(),
            None => usual(context),
        };
        let schema = context
            .directory
            .schemas()
            .resource(ResourceKind::User, Profile::Generic);
        let columns = names
            .iter()
            .map(|name| column::of(name, schema))
            .collect::<Result<Vec<_>>>()?;
        let mut sink = self.export.open(context)?;
        sink.row(names)?;
        let by = (&context.directory, &context.operator);
        let shape = resource::shape(context, ResourceKind::User)?;
        let mut pages = Pages::of(by, ResourceKind::User, self.export.filter()?, shape);
        while let Some(people) = pages.next_page().await? {
            for person in people {
                sink.row(columns.iter().map(|column| value(&person, column)).collect())?;
            }
            sink.told("people");
        }
        sink.finish(context, "people")
    }
}

impl Export {
    /// Exports who is in which group.
    pub(super) async fn run_members(&self, context: &Context) -> Result<()> {
        let mut sink = self.open(context)?;
        sink.row(["group", "member"].map(str::to_owned).to_vec())?;
        let mut pages = Pages::of_groups((&context.directory, &context.operator), self.filter()?)?;
        while let Some(groups) = pages.next_page().await? {
            for group in groups {
                members(context, &group, &mut sink).await?;
            }
        }
        sink.finish(context, "rows")
    }

    /// Exports who is in which group, with which roles and from when to when.
    pub(super) async fn run_terms(&self, context: &Context) -> Result<()> {
        let mut sink = self.open(context)?;
        sink.row(terms::COLUMNS.map(str::to_owned).to_vec())?;
        let zone = Zone::of(&context.realm);
        let mut terms = Terms::of(&context.directory, &context.operator, self.filter()?)?;
        while let Some(lines) = terms.next_lines().await? {
            for line in lines {
                sink.row(line.cells(&zone))?;
            }
            sink.told("rows");
        }
        sink.finish(context, "rows")
    }

    fn filter(&self) -> Result<Option<Filter>> {
        self.filter.as_deref().map(resource::filter).transpose()
    }

    /// Writes a text instead.
    pub(super) fn write_text(&self, context: &Context, text: &str, what: &str) -> Result<()> {
        let mut out = self.place()?;
        let written = writeln!(out, "{text}").and_then(|()| out.flush());
        written.map_err(|error| cannot_write(&self.file, error))?;
        if self.file.as_os_str() != "-" {
            context
                .out
                .remark(&format!("{what} written to {}", self.file.display()));
        }
        Ok(())
    }

    fn open(&self, context: &Context) -> Result<Sink> {
        Ok(Sink {
            file: self.file.clone(),
            writer: csv::WriterBuilder::new().from_writer(BufWriter::new(self.place()?)),
            progress: Progress::new(context.out),
            rows: 0,
        })
    }

    /// Where to write.
    fn place(&self) -> Result<Box<dyn Write>> {
        Ok(if self.file.as_os_str() == "-" {
            Box::new(io::stdout())
        } else {
            if !self.force && fs::symlink_metadata(&self.file).is_ok() {
                bail!(
                    "{} is there already: name another file, or add --force",
                    self.file.display()
                );
            }
            let mut options = OpenOptions::new();
            options.write(true).create(true).truncate(true).mode(0o600);
            let file = options.open(&self.file);
            Box::new(file.with_context(|| format!("cannot write {}", self.file.display()))?)
        })
    }
}

/// A row for each member; one with the group alone where it has none.
async fn members(context: &Context, group: &Map<String, Value>, sink: &mut Sink) -> Result<()> {
    let text = |name: &str| group.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (id, name) = (
        Id::parse(&text("id")).unwrap_or(Id::new(uuid::Uuid::nil())),
        text("displayName"),
    );
    let mut after = None;
    loop {
        let slice = context
            .directory
            .member_names(&context.operator, id, after, SLICE)
            .await?;
        if slice.is_empty() && after.is_none() {
            sink.row(vec![name.clone(), String::new()])?;
        }
        let Some((last, _)) = slice.last() else { return Ok(()) };
        after = Some(*last);
        for (_, member) in slice {
            sink.row(vec![name.clone(), member])?;
        }
        sink.told("rows");
    }
}

/// Where the rows go.
struct Sink {
    file: PathBuf,
    writer: Writer<BufWriter<Box<dyn Write>>>,
    progress: Progress,
    rows: u64,
}

impl Sink {
    fn row(&mut self, cells: Vec<String>) -> Result<()> {
        let written = self.writer.write_record(cells.iter().map(|cell| cell::written(cell)));
        self.rows += 1;
        written.map_err(|error| cannot_write(&self.file, error.into()))
    }

    fn told(&self, what: &str) {
        self.progress.tell(|| format!("{} {what} written", self.rows - 1));
    }

    fn finish(mut self, context: &Context, what: &str) -> Result<()> {
        self.writer.flush().map_err(|error| cannot_write(&self.file, error))?;
        let rows = self.rows - 1;
        if self.file.as_os_str() != "-" {
            context
                .out
                .remark(&format!("{rows} {what} written to {}", self.file.display()));
        }
        Ok(())
    }
}

fn cannot_write(file: &Path, error: io::Error) -> anyhow::Error {
    // Whoever read our output may have enough: that is found by its kind.
    anyhow::Error::from(error).context(format!("cannot write {}", file.display()))
}

/// The usual columns, and those of extensions that have single plain values.
fn usual(context: &Context) -> Vec<String> {
    let schema = context
        .directory
        .schemas()
        .resource(ResourceKind::User, Profile::Generic);
    let mut names: Vec<String> = USUAL.map(str::to_owned).to_vec();
    for extension in &schema.extensions {
        for attribute in extension.attributes.iter().filter(|attribute| !attribute.multi_valued) {
            let path = format!("{}:{}", extension.id, attribute.name);
            let path = match attribute.kind {
                Type::Complex if attribute.sub("value").is_some() => format!("{path}.value"),
                Type::Complex => continue,
                _ => path,
            };
            if column::of(&path, schema).is_ok() {
                names.push(path);
            }
        }
    }
    names
}

/// What a column shows of a person.
fn value(person: &Map<String, Value>, column: &Column) -> String {
    let path = match column {
        Column::UserName => "userName",
        Column::ExternalId => "externalId",
        Column::Attribute(attribute) => attribute.path.as_str(),
    };
    if let Some((list, rest)) = path.split_once('[') {
        let (filter, sub) = rest.split_once("].").unwrap_or_default();
        let kind = filter.split('"').nth(1).unwrap_or_default();
        let elements = || person.get(list).and_then(Value::as_array).into_iter().flatten();
        let of_kind = |element: &&Value| {
            element["type"]
                .as_str()
                .is_some_and(|found| found.eq_ignore_ascii_case(kind))
        };
        // What has no type is shown as the usual one: reading leaves it as it is.
        let untyped = |element: &&Value| element.get("type").is_none() && kind == "work";
        let found = elements().find(of_kind).or_else(|| elements().find(untyped));
        return found.map_or_else(String::new, |element| text(&element[sub]));
    }
    // The URN of an extension has dots of its own.
    let (urn, rest) = path
        .rsplit_once(':')
        .map_or((None, path), |(urn, rest)| (Some(urn), rest));
    let mut found = match urn {
        Some(urn) => person.get(urn),
        None => None,
    };
    let mut steps = rest.split('.');
    if urn.is_none() {
        found = steps.next().and_then(|name| person.get(name));
    }
    for step in steps {
        found = found.and_then(|value| value.get(step));
    }
    found.map_or_else(String::new, text)
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(_) | Value::Object(_) => value.to_string(),
        other => output::text(Some(other)),
    }
}
