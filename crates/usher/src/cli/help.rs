//! The help of the whole: commands by what they are for.

use std::fmt::Write;

use clap::{Command, CommandFactory};

use super::Cli;

/// What `usher --help` shows under which heading.
const GROUPS: [(&str, &[&str]); 4] = [
    (
        "Start and run",
        &[
            "quickstart",
            "serve",
            "migrate",
            "backup",
            "restore",
            "doctor",
            "config",
        ],
    ),
    (
        "What a realm holds",
        &[
            "realm", "client", "token", "user", "group", "template", "way", "rule", "terms", "request", "review",
            "insight", "plan", "agm", "invite",
        ],
    ),
    (
        "What happens in it",
        &[
            "explain", "mail", "event", "delivery", "job", "preview", "audit", "clock",
        ],
    ),
    ("For tools", &["openapi", "completions"]),
];

const EXAMPLES: &str = "\
Examples:
  usher quickstart                                         try it, nothing else needed
  usher serve --listen 127.0.0.1:8080 --data ./usher-data  run it
  usher token create hr --scope scim:read,scim:write       a token for a SCIM client
  usher user create ann --email ann@example.org --invite   invite somebody by mail
  usher doctor                                             is all well?

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 refused by a safety limit.";

/// The command line with its grouped help.
pub(crate) fn command() -> Command {
    let command = Cli::command();
    let mut commands = String::new();
    for (heading, names) in GROUPS {
        let _ = writeln!(commands, "{heading}:");
        for name in names {
            let about = command
                .find_subcommand(name)
                .and_then(Command::get_about)
                .map(ToString::to_string)
                .unwrap_or_default();
            let _ = writeln!(commands, "  {name:<12} {about}");
        }
        commands.push('\n');
    }
    // Braces would be read as fields of the template.
    let template = format!(
        "{{about-with-newline}}\n{{usage-heading}} {{usage}}\n\n{commands}Options:\n{{options}}\n\n{EXAMPLES}\n\n`usher COMMAND --help` says more.\n"
    );
    command.help_template(template)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "in a test a panic is the report")]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        command().debug_assert();
    }

    #[test]
    fn the_forms_that_scripts_rely_on_are_understood() {
        for line in [
            "usher serve --listen 127.0.0.1:0 --data DIR",
            "usher serve --data DIR --clock 2030-01-01T08:00:00Z --health-listen 127.0.0.1:0",
            "usher quickstart --clock 2030-01-01T08:00:00Z",
            "usher token create hr --data DIR --scope scim:write --quiet",
            "usher token create hr --data DIR --scope scim:read,scim:write --profile wire --invite unlinked --idp --pending-active false",
            "usher token create hr --scope scim:me --user ann",
            "usher client create hr --data DIR --scope scim:read --output json",
            "usher client set hr --policy FILE",
            "usher realm create acme --data DIR",
            "usher realm set acme oidc.issuer=https://idp oidc.audience=usher home_url=https://home",
            "usher user create ann --email ann@example.org --data DIR --quiet",
            "usher user create ann --email ann@example.org --invite --realm acme",
            "usher user grant ann realm-admin --realm acme",
            "usher mail list --output json",
            "usher mail show --last",
            "usher mail test ann@example.org",
            "usher invite list",
            "usher invite show ID",
            "usher invite resend ID",
            "usher invite revoke ID",
            "usher invite accept https://usher.example/realms/default/invitation/x",
            "usher clock set 2030-01-01T08:00:00Z --data DIR",
            "usher clock advance 36h --data DIR",
            "usher group create ops --parent /acme --template project",
            "usher group tree /acme",
            "usher group admins add /acme ann --as manager --no-inherit --until 2031-03-31",
            "usher template set project --role member --role lead --notice-days 30",
            "usher way set /acme --name join --days 30",
            "usher rule set top_level membershipExpirationDays --max 365",
            "usher terms publish /acme join https://example.org/terms",
            "usher request accept ID --why welcome",
            "usher agm import postgres://localhost/keycloak --from-realm acme --yes",
            "usher explain ann /acme/ops --language de",
            "usher delivery retry ID",
            "usher delivery drop ID",
            "usher event list --after 7",
            "usher job list",
            "usher audit verify",
            "usher backup FILE",
            "usher restore FILE",
            "usher restore --check FILE --output json",
            "usher audit export",
            "usher audit export --group G --kind member. --actor U --since 2031-01-01 --until 2031-03-31 --format csv",
            "usher event list --group G --kind member. --actor U --since 2031-01-01T00:00:00Z",
            "usher group import FILE --roles member;chair --from 2031-01-01 --until 2031-03-31",
            "usher group export --json --group /acme",
            "usher --data DIR --quiet user list",
        ] {
            if let Err(error) = command().try_get_matches_from(line.split(' ')) {
                panic!("{line}: {error}");
            }
        }
    }

    #[test]
    fn every_command_stands_under_a_heading() {
        let command = command();
        let mut grouped: Vec<&str> = GROUPS.iter().flat_map(|(_, names)| names.iter().copied()).collect();
        let mut known: Vec<&str> = command.get_subcommands().map(Command::get_name).collect();
        grouped.sort_unstable();
        known.sort_unstable();
        assert_eq!(grouped, known);
    }

    #[test]
    fn every_help_renders_and_every_part_is_explained() {
        fn walk(command: &mut Command, path: &str) {
            let help = command.render_long_help().to_string();
            assert!(help.contains("Usage:"), "{path}: {help}");
            for argument in command.get_arguments().filter(|argument| !argument.is_hide_set()) {
                assert!(
                    argument.get_help().is_some() || argument.get_long_help().is_some(),
                    "{path}: {} says nothing",
                    argument.get_id()
                );
            }
            let names: Vec<String> = command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
            for name in names {
                let sub = command.find_subcommand_mut(&name).unwrap();
                assert!(sub.get_about().is_some(), "{path} {name} says nothing");
                walk(sub, &format!("{path} {name}"));
            }
        }
        let mut command = command();
        command.build();
        walk(&mut command, "usher");
        let help = command.render_long_help().to_string();
        assert!(
            help.contains("Start and run:") && help.contains("quickstart") && help.contains("Examples:"),
            "{help}"
        );
    }
}
