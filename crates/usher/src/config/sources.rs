//! Where settings come from, and how they are put together.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use toml::de::{DeTable, DeValue};
use toml::{Table, Value};

use super::Config;
use super::keys::{KEYS, Key, Kind, Variable, nearest, variable};

/// Settings from the command line, by dotted key.
pub(crate) type Flags = Vec<(&'static str, String)>;

/// A configuration, and where each setting that was set came from.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) config: Config,
    /// The settings as they were put together.
    pub(crate) values: Table,
    pub(crate) origins: BTreeMap<&'static str, String>,
    /// The file that was read, if there was one.
    pub(crate) file: Option<PathBuf>,
}

/// Reads the file, the environment and the flags of this process.
pub(crate) fn load(file: Option<&Path>, flags: &Flags) -> Result<Loaded> {
    // The one place that reads the environment.
    let environment: Vec<(String, String)> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.to_string_lossy().into_owned())))
        .collect();
    let named = file.map(Path::to_path_buf).or_else(|| {
        environment
            .iter()
            .find(|(name, value)| name == "USHER_CONFIG" && !value.is_empty())
            .map(|(_, value)| value.into())
    });
    let path = named.or_else(|| Some(PathBuf::from("usher.toml")).filter(|path| path.exists()));
    let text = match &path {
        Some(path) => Some(
            std::fs::read_to_string(path)
                .with_context(|| format!("cannot read {}, which --config or USHER_CONFIG names", path.display()))?,
        ),
        None => None,
    };
    read(path.as_deref().zip(text.as_deref()), &environment, flags)
}

/// Puts settings together: file, then environment, then flags.
pub(crate) fn read(file: Option<(&Path, &str)>, environment: &[(String, String)], flags: &Flags) -> Result<Loaded> {
    let mut values = Table::new();
    let mut origins = BTreeMap::new();
    if let Some((path, text)) = file {
        read_file(path, text, &mut values, &mut origins)?;
    }
    let aliases = environment.iter().filter_map(|(name, value)| match variable(name) {
        Variable::Alias(key) => Some((name, value, key)),
        _ => None,
    });
    for (name, value, key) in aliases {
        if !origins.contains_key(key) {
            set(&mut values, key, parse(key, name, value)?);
            origins.insert(key, name.clone());
        }
    }
    for (name, value) in environment {
        match variable(name) {
            Variable::Sets(key) => {
                set(&mut values, key, parse(key, name, value)?);
                origins.insert(key, name.clone());
            }
            Variable::Unknown => {
                let variables: Vec<String> = KEYS.iter().map(Key::variable).collect();
                let nearest = nearest(name, variables.iter().map(String::as_str)).unwrap_or_default();
                bail!("the environment sets {name}, and there is no such setting; did you mean {nearest}?");
            }
            Variable::Alias(_) | Variable::Foreign => {}
        }
    }
    for (key, value) in flags {
        let flag = format!("--{key}");
        set(&mut values, key, parse(key, &flag, value)?);
        origins.insert(*key, flag);
    }
    let config = Config::deserialize(Value::Table(values.clone())).map_err(|error| match file {
        Some((path, _)) => anyhow::anyhow!("{}: {}", path.display(), error.message()),
        None => anyhow::anyhow!("{}", error.message()),
    })?;
    let file = file.map(|(path, _)| path.to_path_buf());
    Ok(Loaded {
        config: config.settle()?,
        values,
        origins,
        file,
    })
}

fn read_file(path: &Path, text: &str, values: &mut Table, origins: &mut BTreeMap<&'static str, String>) -> Result<()> {
    let at = |offset: usize| {
        format!(
            "{}:{}",
            path.display(),
            text[..offset.min(text.len())].matches('\n').count() + 1
        )
    };
    let table = DeTable::parse(text).map_err(|error| {
        let place = error
            .span()
            .map_or_else(|| path.display().to_string(), |span| at(span.start));
        anyhow::anyhow!("{place}: {}", error.message())
    })?;
    let mut found = Vec::new();
    for (name, value) in table.get_ref() {
        match value.get_ref() {
            DeValue::Table(section) => {
                let entries = section
                    .iter()
                    .map(|(key, value)| (format!("{}.{}", name.get_ref(), key.get_ref()), key.span().start, value));
                found.extend(entries);
            }
            _ => found.push((name.get_ref().to_string(), name.span().start, value)),
        }
    }
    for (name, offset, _) in &found {
        let Some(key) = Key::of(name) else {
            let nearest = nearest(name, KEYS.iter().map(|key| key.name)).unwrap_or_default();
            bail!(
                "{}: there is no setting `{name}`; did you mean `{nearest}`?",
                at(*offset)
            );
        };
        origins.insert(key.name, at(*offset));
    }
    let whole: Table = toml::from_str(text).with_context(|| path.display().to_string())?;
    for (name, offset, _) in &found {
        let (Some(key), Some(value)) = (Key::of(name), get(&whole, name)) else {
            continue;
        };
        check(key, value).with_context(|| at(*offset))?;
        set(values, key.name, value.clone());
    }
    Ok(())
}

fn check(key: &Key, value: &Value) -> Result<()> {
    let (fits, wanted) = match key.kind {
        Kind::Text => (value.is_str(), "a text in quotes"),
        Kind::Number => (value.as_integer().is_some_and(|number| number >= 0), "a whole number"),
        Kind::List => (
            value.as_array().is_some_and(|list| list.iter().all(Value::is_str)),
            "a list of texts",
        ),
    };
    if fits {
        Ok(())
    } else {
        bail!("{} takes {wanted}", key.name)
    }
}

/// A value as the environment and the command line write it.
fn parse(key: &str, source: &str, text: &str) -> Result<Value> {
    let kind = Key::of(key).map_or(Kind::Text, |key| key.kind);
    Ok(match kind {
        Kind::Text => Value::String(text.to_owned()),
        Kind::Number => match text.trim().parse::<u32>() {
            Ok(number) => Value::Integer(number.into()),
            Err(_) => bail!("{source}: {key} takes a whole number"),
        },
        Kind::List => text
            .split(',')
            .map(str::trim)
            .filter(|item| !item.is_empty())
            .map(Value::from)
            .collect::<Vec<_>>()
            .into(),
    })
}

pub(super) fn get<'a>(table: &'a Table, key: &str) -> Option<&'a Value> {
    match key.split_once('.') {
        None => table.get(key),
        Some((section, name)) => table.get(section)?.as_table()?.get(name),
    }
}

/// The settings that are not the same in both.
pub(crate) fn changed(one: &Table, other: &Table) -> Vec<&'static str> {
    let names = KEYS.iter().map(|key| key.name);
    names.filter(|name| get(one, name) != get(other, name)).collect()
}

/// Gives a setting the value that it has in another table.
pub(crate) fn take_over(table: &mut Table, from: &Table, key: &str) {
    match get(from, key) {
        Some(value) => set(table, key, value.clone()),
        None => unset(table, key),
    }
}

fn unset(table: &mut Table, key: &str) {
    match key.split_once('.') {
        None => drop(table.remove(key)),
        Some((section, name)) => {
            if let Some(Value::Table(section)) = table.get_mut(section) {
                section.remove(name);
            }
        }
    }
}

pub(super) fn set(table: &mut Table, key: &str, value: Value) {
    match key.split_once('.') {
        None => {
            table.insert(key.to_owned(), value);
        }
        Some((section, name)) => {
            let section = table.entry(section).or_insert_with(|| Value::Table(Table::new()));
            if let Value::Table(section) = section {
                section.insert(name.to_owned(), value);
            }
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "in a test a panic is the report")]
mod tests {
    use super::super::{LogFormat, REFERENCE};
    use super::*;

    fn from(text: &str, environment: &[(&str, &str)], flags: &Flags) -> Result<Loaded> {
        let environment: Vec<_> = environment
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        read(Some((Path::new("usher.toml"), text)), &environment, flags)
    }

    fn refusal(text: &str, environment: &[(&str, &str)]) -> String {
        format!("{:#}", from(text, environment, &Vec::new()).unwrap_err())
    }

    #[test]
    fn nothing_set_is_the_default() {
        assert_eq!(read(None, &[], &Vec::new()).unwrap().config, Config::default());
        assert_eq!(from(REFERENCE, &[], &Vec::new()).unwrap().config, Config::default());
    }

    #[test]
    fn the_reference_names_every_key_and_no_other() {
        let open: String = REFERENCE
            .lines()
            .map(
                |line| match line.strip_prefix("# ").and_then(|rest| rest.split_once(" = ")) {
                    Some((key, value)) if key.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_') => {
                        format!("{key} = {value}\n")
                    }
                    _ => format!("{line}\n"),
                },
            )
            .collect();
        let mut values = Table::new();
        let mut origins = BTreeMap::new();
        read_file(Path::new("reference"), &open, &mut values, &mut origins).unwrap();
        let missing: Vec<_> = KEYS
            .iter()
            .filter(|key| !origins.contains_key(key.name))
            .map(|key| key.name)
            .collect();
        assert_eq!(missing, Vec::<&str>::new());
    }

    #[test]
    fn the_later_source_wins_and_is_named() {
        let text = "listen = \"1.1.1.1:1\"\n[log]\nfilter = \"warn\"\n";
        let environment = [
            ("USHER_LISTEN", "2.2.2.2:2"),
            ("USHER_LOG__FORMAT", "json"),
            ("INVITATIONS_LOG_LEVEL", "debug"),
        ];
        let loaded = from(text, &environment, &vec![("listen", "3.3.3.3:3".into())]).unwrap();
        assert_eq!(loaded.config.listen, "3.3.3.3:3");
        assert_eq!(loaded.config.log.filter, "warn");
        assert_eq!(loaded.config.log.format, LogFormat::Json);
        assert_eq!(loaded.origins["listen"], "--listen");
        assert_eq!(loaded.origins["log.format"], "USHER_LOG__FORMAT");
        assert_eq!(loaded.origins["log.filter"], "usher.toml:3");
    }

    #[test]
    fn unknown_keys_are_named_with_their_line_and_the_nearest() {
        let error = refusal("listen = \"x\"\n\n[mail]\nsmpt = \"smtp://h\"\n", &[]);
        assert_eq!(
            error,
            "usher.toml:4: there is no setting `mail.smpt`; did you mean `mail.smtp`?"
        );
        let error = refusal("", &[("USHER_MAIL_SMTP", "smtp://h")]);
        assert!(
            error.contains("USHER_MAIL_SMTP") && error.contains("USHER_MAIL__SMTP"),
            "{error}"
        );
        assert!(refusal("[mial]\nfrom = \"x\"\n", &[]).contains("`mail.from`"));
    }

    #[test]
    fn values_that_do_not_fit_are_named() {
        assert_eq!(
            refusal("[database]\nreaders = \"4\"\n", &[]),
            "usher.toml:2: database.readers takes a whole number"
        );
        assert!(refusal("listen = 8080\n", &[]).contains("listen takes a text"));
        assert!(
            refusal("", &[("USHER_DATABASE__READERS", "many")])
                .contains("USHER_DATABASE__READERS: database.readers takes a whole number")
        );
        assert!(refusal("[database]\nreaders = 0\n", &[]).contains("database.readers"));
        assert!(refusal("listen = \n", &[]).starts_with("usher.toml:1: "));
        assert!(refusal("[log]\nformat = \"xml\"\n", &[]).contains("json"));
        assert!(refusal("public_url = \"usher.example.org\"\n", &[]).contains("https://"));
        assert!(refusal("public_url = \"https://example.org/usher\"\n", &[]).contains("may have no path"));
        assert!(!refusal("public_url = \"https://u:geheim@example.org\"\n", &[]).contains("geheim"));
        assert!(refusal("[database]\nurl = \"mysql://u:geheim@h/d\"\n", &[]).contains("postgres://"));
        assert!(refusal("[mail]\nsmtp = \"smtp://h\"\n", &[]).contains("mail.from is missing"));
    }

    #[test]
    fn secrets_come_from_files_and_are_not_printed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("url");
        std::fs::write(&path, "postgres://u:geheim@h/db\n").unwrap();
        let path = path.to_str().unwrap();
        let loaded = from("", &[("USHER_DATABASE__URL_FILE", path)], &Vec::new()).unwrap();
        assert_eq!(
            loaded.config.database.url.as_ref().unwrap().reveal(),
            "postgres://u:geheim@h/db"
        );
        assert!(!format!("{:?}", loaded.config).contains("geheim"));
        assert!(refusal("", &[("USHER_DATABASE__URL_FILE", path), ("USHER_DATABASE__URL", "x")]).contains("both set"));
        assert!(refusal("", &[("USHER_DATABASE__URL_FILE", "/nowhere")]).contains("cannot read /nowhere"));
    }
}
