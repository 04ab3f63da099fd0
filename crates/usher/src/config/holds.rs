//! What holds for any text of a configuration file: the oracle of its fuzzing.

use std::path::Path;

use toml::{Table, Value};

use super::keys::KEYS;
use super::show;
use super::sources::{get, read};

/// A refusal names a line that is there; what is accepted is shown as a file that says the same, without its passwords.
///
/// # Errors
/// What does not hold.
pub fn holds(text: &str) -> Result<(), String> {
    let name = Path::new("usher.toml");
    let loaded = match read(Some((name, text)), &[], &Vec::new()) {
        Ok(loaded) => loaded,
        Err(error) => return refused_well(text, &format!("{error:#}")),
    };
    let shown = show(&loaded);
    let again: Table = toml::from_str(&shown).map_err(|error| format!("{error}: {shown}"))?;
    for key in KEYS {
        let (was, is) = (get(&loaded.values, key.name), get(&again, key.name));
        if key.secret {
            let password = was.and_then(Value::as_str).and_then(password_of);
            // Short ones may stand anywhere by chance.
            let told = |password: &String| password.len() > 5 && text.matches(password.as_str()).count() == 1;
            if let Some(password) = password
                .filter(told)
                .filter(|password| shown.contains(password.as_str()))
            {
                return Err(format!("{} shows {password}: {shown}", key.name));
            }
        } else if was.map(Value::to_string) != is.map(Value::to_string) {
            return Err(format!("{} was {was:?} and is shown as {is:?}: {shown}", key.name));
        }
    }
    Ok(())
}

fn refused_well(text: &str, why: &str) -> Result<(), String> {
    let lines = text.matches('\n').count() + 1;
    let number = why
        .strip_prefix("usher.toml:")
        .and_then(|rest| rest.split(':').next()?.parse::<usize>().ok());
    match number {
        Some(number) if !(1..=lines).contains(&number) => Err(format!("{lines} lines, and refused with {why}")),
        _ if why.trim().is_empty() => Err("refused without a word".into()),
        _ => Ok(()),
    }
}

fn password_of(url: &str) -> Option<String> {
    url::Url::parse(url).ok()?.password().map(str::to_owned)
}
