//! Who we are to the machine, and whose a file is: what a message needs when a file cannot be read.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// The user whose rights this process has.
pub(crate) fn name() -> String {
    name_of(rustix::process::geteuid().as_raw())
}

/// What to do about a file or folder that this process may not use.
pub(crate) fn advice(path: &Path) -> String {
    let me = rustix::process::geteuid().as_raw();
    // What cannot be looked at lies in a folder that can.
    let seen = path
        .ancestors()
        .find_map(|path| Some((path, std::fs::metadata(path).ok()?.uid())));
    match seen {
        Some((path, owner)) if owner != me => format!(
            "{} belongs to {}, and this process runs as {}: run it as that user, or give the folder to this one",
            path.display(),
            name_of(owner),
            name_of(me)
        ),
        _ => format!("this process runs as {}, which has no right to it", name_of(me)),
    }
}

/// A user's name, where this machine has one for the number.
fn name_of(number: u32) -> String {
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let named = users.lines().find_map(|line| {
        let mut parts = line.split(':');
        let name = parts.next()?;
        (parts.nth(1)?.parse() == Ok(number)).then(|| name.to_owned())
    });
    named.unwrap_or_else(|| format!("user {number}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_named_where_they_have_a_name() {
        assert_eq!(name_of(0), "root");
        assert_eq!(name_of(4_123_456_789), "user 4123456789");
        assert!(advice(Path::new("/nowhere/at/all")).contains(&name()));
    }
}
