//! How a command ends that did not succeed: one line that says what to do, and the exit code.

use std::fmt;
use std::io;
use std::process::ExitCode;

/// An end with an exit code of its own; everything else is 1.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The command line makes no sense: 2.
    Usage(String),
    /// A safety limit holds it back: 3.
    Limit(String),
    /// The command has said what is wrong already: 1, without another line.
    Told,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(text) | Self::Limit(text) => f.write_str(text),
            Self::Told => Ok(()),
        }
    }
}

impl std::error::Error for Failure {}

impl Failure {
    pub(crate) fn usage(text: impl Into<String>) -> anyhow::Error {
        Self::Usage(text.into()).into()
    }

    pub(crate) fn limit(text: impl Into<String>) -> anyhow::Error {
        Self::Limit(text.into()).into()
    }
}

/// The command line asks for more than one thing may be changed to at once: exit code 3.
fn is_limit(error: &anyhow::Error) -> bool {
    use directory::{Denial, Refusal};
    let refusal = error
        .chain()
        .find_map(|cause| match cause.downcast_ref::<directory::Error>() {
            Some(directory::Error::Refused(refusal)) => Some(refusal),
            _ => None,
        });
    matches!(
        refusal,
        Some(
            Refusal::TooLarge { .. }
                | Refusal::LimitReached { .. }
                | Refusal::TooMany { .. }
                | Refusal::Denied(Denial::TooMany { .. } | Denial::ReviewHeld { .. })
        )
    )
}

/// Prints the one line, and answers with the exit code.
pub(crate) fn report(error: &anyhow::Error) -> ExitCode {
    let broken_pipe = |cause: &(dyn std::error::Error + 'static)| {
        cause
            .downcast_ref::<io::Error>()
            .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    };
    // Whoever read our output has enough.
    if error.chain().any(broken_pipe) {
        return ExitCode::SUCCESS;
    }
    match error.downcast_ref::<Failure>() {
        Some(Failure::Told) => return ExitCode::from(1),
        Some(Failure::Usage(text)) => {
            eprintln!("error: {text}");
            return ExitCode::from(2);
        }
        Some(Failure::Limit(text)) => {
            eprintln!("error: {text}");
            return ExitCode::from(3);
        }
        None => {}
    }
    eprintln!("error: {}", tell(error));
    ExitCode::from(if is_limit(error) { 3 } else { 1 })
}

/// Ends the process with what was wrong on the command line, in one line.
pub(super) fn exit_with_usage(told: &str) -> ! {
    eprintln!("{}", usage_line(told));
    std::process::exit(2)
}

/// The parser's paragraphs in one line, without its summary of the usage.
fn usage_line(told: &str) -> String {
    let mut parts: Vec<String> = Vec::new();
    for paragraph in told.split("\n\n") {
        let words = paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
        if !words.is_empty() && !words.starts_with("Usage:") && !words.starts_with("For more information") {
            parts.push(words.trim_start_matches("tip: ").to_owned());
        }
    }
    format!("{}; --help shows what there is", parts.join("; "))
}

/// The error and its causes in one line; a cause that the text before already tells is left out.
fn tell(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain() {
        let cause = cause.to_string();
        if !text.contains(&cause) {
            text.push_str(if text.is_empty() { "" } else { ": " });
            text.push_str(&cause);
        }
    }
    if let Some(what) = what_to_do(error) {
        text.push_str("; ");
        text.push_str(what);
    }
    text.replace('\n', " ")
}

/// What to do about a database that failed while a command was at it.
fn what_to_do(error: &anyhow::Error) -> Option<&'static str> {
    let failed = error
        .chain()
        .find_map(|cause| match cause.downcast_ref::<directory::Error>() {
            Some(directory::Error::Db(failed)) => Some(failed),
            _ => None,
        });
    match failed? {
        db::Error::Full { .. } => Some("make room, then run this again; nothing was changed"),
        db::Error::ReadOnly { .. } => {
            Some("see that the database can be written to, then run this again; nothing was changed")
        }
        db::Error::OutcomeUnknown { .. } => Some("it may have been done or not: look before you run this again"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_stand_in_one_line_and_none_twice() {
        let error = anyhow::anyhow!("no\nroom")
            .context("the disk: no\nroom")
            .context("cannot write");
        assert_eq!(tell(&error), "cannot write: the disk: no room");
    }

    #[test]
    fn wrong_usage_is_one_line() {
        let told = "error: unrecognized subcommand 'usr'\n\n  tip: a similar subcommand exists: 'user'\n\nUsage: usher [OPTIONS] <COMMAND>\n\nFor more information, try '--help'.\n";
        assert_eq!(
            usage_line(told),
            "error: unrecognized subcommand 'usr'; a similar subcommand exists: 'user'; --help shows what there is"
        );
    }

    #[test]
    fn a_limit_has_its_own_code() {
        let limit: anyhow::Error = directory::Error::from(directory::Refusal::TooLarge {
            what: "members",
            limit: 1,
        })
        .into();
        assert!(is_limit(&limit.context("adding")));
        for denial in directory::Denial::each() {
            let expected = ["too_many", "review_held"].contains(&denial.code());
            let sentence = denial.to_string();
            let denied = anyhow::Error::from(directory::Error::from(denial));
            assert_eq!(is_limit(&denied), expected, "{sentence}");
            assert_eq!(tell(&denied), sentence);
        }
        assert!(!is_limit(&anyhow::anyhow!("x")));
    }
}
