//! The manual page, from the help of every command: it says what the binary in the package says.

use std::fmt::Write;

use anyhow::{Result, bail};

use super::subject::Subject;

const FILES: &str = "\
.SH FILES
.TP
.I /etc/usher/usher.toml
The settings of the service, each with its meaning and default.
.TP
.I /etc/usher/environment
Variables of the service's environment, such as USHER_MAIL__SMTP. They win over the settings, and only the service sees them.
.TP
.I /var/lib/usher
The embedded database, and everything else the service writes.
.SH SEE ALSO
.BR systemctl (1),
.I /usr/share/doc/usher
";

/// The page `usher(1)`.
pub(super) fn page(subject: &Subject) -> Result<String> {
    let date = subject.date("+%Y-%m-%d")?;
    let whole = subject.says(&["--help"])?;
    let mut page = format!(
        ".TH USHER 1 {date} \"usher {}\" \"User Commands\"\n.SH NAME\nusher \\- provision people by SCIM and invite them by mail\n",
        subject.version
    );
    page.push_str(".SH SYNOPSIS\n.B usher\n.RI [ OPTIONS ] \" COMMAND\"\n");
    section(&mut page, ".SH DESCRIPTION", &whole);
    page.push_str(".SH COMMANDS\nEach also takes the options above.\n");
    let commands = commands(&whole);
    if commands.is_empty() {
        bail!("the help of usher lists no commands");
    }
    for command in commands {
        let help = subject.says(&[command, "--help"])?;
        section(&mut page, &format!(".SS usher {command}"), own(&help));
        for part in self::commands(&help) {
            let help = subject.says(&[command, part, "--help"])?;
            section(&mut page, &format!(".SS usher {command} {part}"), own(&help));
        }
    }
    page.push_str(FILES);
    Ok(page)
}

/// Text as it stands, under a heading.
fn section(page: &mut String, heading: &str, text: &str) {
    let _ = writeln!(page, "{heading}\n.nf");
    for line in text.trim_end().lines() {
        // What begins with these is an instruction otherwise.
        if line.starts_with(['.', '\'']) {
            page.push_str("\\&");
        }
        page.push_str(&line.replace('\\', "\\e").replace('-', "\\-"));
        page.push('\n');
    }
    page.push_str(".fi\n");
}

/// A command's help without the options that all commands have, which end its list.
fn own(help: &str) -> &str {
    help.split("\nEverywhere:").next().unwrap_or(help)
}

/// The commands that a help lists, before its options: two spaces, a name, its meaning.
fn commands(help: &str) -> Vec<&str> {
    let lists = help.split("\nOptions:").next().unwrap_or(help);
    let names = lists.lines().filter_map(|line| {
        let (name, meaning) = line.strip_prefix("  ")?.split_once("  ")?;
        let is_name = name.starts_with(|letter: char| letter.is_ascii_lowercase());
        (is_name && !name.contains(' ') && !meaning.trim().is_empty()).then_some(name)
    });
    names.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HELP: &str = "\
Tokens

Usage: usher token [OPTIONS] <COMMAND>

Commands:
  create  Make a token
  list    List tokens

Options:
  -h, --help  Print help
  no  command

Everywhere:
      --data <DIR>  Where
";

    #[test]
    fn commands_are_found_before_the_options() {
        assert_eq!(commands(HELP), ["create", "list"]);
        assert!(own(HELP).contains("--help") && !own(HELP).contains("--data"));
    }

    #[test]
    fn text_is_no_instruction() {
        let mut page = String::new();
        section(&mut page, ".SS it", ".a\n'b \\c --d\n");
        assert_eq!(page, ".SS it\n.nf\n\\&.a\n\\&'b \\ec \\-\\-d\n.fi\n");
    }
}
