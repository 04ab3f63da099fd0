//! `usher quickstart`: a demo realm on the embedded database, mails caught, and what to try.

mod people;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use directory::client::{ClientSettings, CreateClient, InviteMode, Profile};
use directory::realm::SetRealm;
use directory::token::{CreateToken, Origin};
use directory::{Directory, Error, Principal, Realm, Refusal, Scope, Scopes, Timestamp};
use tokio::net::TcpListener;

use super::span::instant;
use super::{Common, context, serve};
use crate::config;
use crate::output;
use crate::telemetry::Telemetry;
use crate::wiring::{self, Server, Start};

/// The file that says that a data folder is quickstart's own.
const MARK: &str = "quickstart";

/// The first port tried, and how many after it.
const PORT: u16 = 8080;
const PORTS: u16 = 100;

/// The program whose token is printed.
const CLIENT: &str = "demo";
const SCOPES: [Scope; 4] = [Scope::ScimRead, Scope::ScimWrite, Scope::Invite, Scope::EventsRead];

/// Whom to invite first; the next one when quickstart runs again on the same data.
const NEWCOMERS: [(&str, &str); 6] = [
    ("nora", "Nora Berg"),
    ("tomas", "Tomas Lind"),
    ("ines", "Ines Moreau"),
    ("karim", "Karim Saleh"),
    ("yuki", "Yuki Tanaka"),
    ("lea", "Lea Novak"),
];

#[derive(Debug, Args)]
pub(crate) struct Quickstart {
    /// Where to listen [default: the first free port of 127.0.0.1 from 8080]
    #[arg(long, value_name = "HOST:PORT")]
    listen: Option<String>,
    /// A clock that stands: only `usher clock` moves it. To try out what happens when
    #[arg(long, value_name = "TIME", value_parser = instant)]
    clock: Option<Timestamp>,
}

impl Quickstart {
    pub(crate) async fn run(self, common: &Common) -> Result<()> {
        let config =
            config::load(common.config.as_deref(), &context::flags(common)).context("the settings do not fit")?;
        let mut config = config.config;
        if config.database.url.is_some() {
            bail!("quickstart has its own embedded database: unset database.url, or run `usher serve`");
        }
        // Mails are caught, whatever the settings say of a server.
        config.mail = config::Mail::default();
        config.tls = config::Tls::default();
        Telemetry::of_command(&config)?;
        let folder = config.data.clone();
        let is_new = claim(&folder)?;
        let listener = match &self.listen {
            Some(address) => serve::bind(address, "--listen").await?,
            None => free_port().await?,
        };
        let start = Start {
            config,
            listener,
            health: None,
            durability: common.durability(),
            clock: self.clock,
            catch_mail: true,
            reread: None,
            exporter: None,
        };
        let server = Server::start(start).await?;
        let realm = server.directory.realm(Realm::DEFAULT).await?;
        let operator = Principal::operator(realm.id);
        if !is_seeded(&folder) {
            name_realm(&server.directory, &operator, &realm).await?;
            people::seed(&server.directory, &operator)
                .await
                .context("cannot fill the demo realm")?;
            std::fs::write(folder.join(MARK), "filled\n").context("cannot write to the data folder")?;
        }
        let token = token(&server.directory, &operator)
            .await
            .context("cannot make the demo token")?;
        let newcomer = newcomer(&server.directory, &operator).await?;
        // A server serves, also when nobody reads this.
        let _ = output::line(&format!("listening on http://{}", server.address));
        let _ = output::write(&welcome(
            &server.public_url,
            &token,
            newcomer,
            &Commands::of(common),
            &folder,
            is_new,
        ));
        Box::pin(server.run()).await
    }
}

/// Makes the folder quickstart's own, or refuses one that is somebody else's. Answers whether it is new.
fn claim(folder: &Path) -> Result<bool> {
    let mark = folder.join(MARK);
    if mark.exists() {
        return Ok(false);
    }
    if folder.join("usher.db").exists() {
        bail!(
            "{0} holds data that quickstart did not make: run it with `usher serve --data {0}`, or give quickstart another folder with --data",
            folder.display()
        );
    }
    wiring::make_folder(folder)?;
    std::fs::write(&mark, "").with_context(|| format!("cannot write to the data folder {}", folder.display()))?;
    Ok(true)
}

fn is_seeded(folder: &Path) -> bool {
    std::fs::read_to_string(folder.join(MARK)).is_ok_and(|text| !text.is_empty())
}

async fn free_port() -> Result<TcpListener> {
    for port in PORT..PORT + PORTS {
        if let Ok(listener) = TcpListener::bind(("127.0.0.1", port)).await {
            return Ok(listener);
        }
    }
    serve::bind("127.0.0.1:0", "--listen").await
}

async fn name_realm(directory: &Directory, operator: &Principal, realm: &Realm) -> Result<()> {
    let mut settings = realm.settings.clone();
    settings.title = Some(people::ORGANISATION.into());
    settings.support = Some(format!("help@{}", people::DOMAIN));
    directory
        .execute(
            operator,
            SetRealm {
                settings,
                if_version: None,
                force: false,
            },
        )
        .await?;
    Ok(())
}

/// A fresh token of the demo program: the ones before it were shown once, too.
async fn token(directory: &Directory, operator: &Principal) -> Result<String> {
    let client = match directory.client(operator, CLIENT).await {
        Ok(client) => client,
        Err(Error::Refused(Refusal::NotFound { .. })) => {
            let command = CreateClient {
                name: CLIENT.into(),
                profile: Profile::Generic,
                scopes: Scopes::of(&SCOPES),
                invite: Some(InviteMode::Unlinked),
                idp: false,
                pending_active: None,
                policy: None,
                settings: ClientSettings::default(),
                with_secret: false,
            };
            directory.execute(operator, command).await?.client
        }
        Err(error) => return Err(error.into()),
    };
    let command = CreateToken {
        client: client.id,
        user: None,
        name: None,
        description: "printed by quickstart".into(),
        scopes: None,
        expires_at: None,
        origin: Origin::Issued,
    };
    Ok(directory.execute(operator, command).await?.plain.reveal().to_owned())
}

/// Somebody who is not there yet.
async fn newcomer(directory: &Directory, operator: &Principal) -> Result<(String, String)> {
    for round in 1.. {
        for (name, display_name) in NEWCOMERS {
            let (name, display_name) = if round == 1 {
                (name.to_owned(), display_name.to_owned())
            } else {
                (format!("{name}{round}"), format!("{display_name} {round}"))
            };
            if !people::is_taken(directory, operator, &name).await? {
                return Ok((name, display_name));
            }
        }
    }
    bail!("every name is taken")
}

/// How this program is called again, in the same folder.
struct Commands {
    program: String,
    /// ` --data DIR`, where it is not the default.
    data: String,
}

impl Commands {
    fn of(common: &Common) -> Self {
        let program = std::env::args_os()
            .next()
            .map_or_else(|| "usher".into(), |name| quote(&name.to_string_lossy()));
        let data = common.data.as_ref().map_or_else(String::new, |data: &PathBuf| {
            format!(" --data {}", quote(&data.to_string_lossy()))
        });
        Self { program, data }
    }

    fn line(&self, command: &str) -> String {
        format!("  {} {command}{}\n", self.program, self.data)
    }
}

/// A word as a shell reads it back.
fn quote(word: &str) -> String {
    let plain = |letter: char| letter.is_alphanumeric() || "/._-+:@%=".contains(letter);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

fn welcome(
    url: &str,
    token: &str,
    (name, display_name): (String, String),
    commands: &Commands,
    folder: &Path,
    is_new: bool,
) -> String {
    let again = if is_new {
        ""
    } else {
        " It goes on with the data of last time."
    };
    let mut text = format!(
        "
Usher is up, with a small organisation to try things on: {organisation}.{again}
Nothing leaves this machine: mails are caught. Ctrl-C stops it; the data stays in {folder}.

Open
  {url}/           the start page
  {url}/mail       every mail that Usher writes
  {url}/api/docs   the native API

Paste into a second terminal, in this folder: invite somebody, read the mail, accept it, and see who is in
",
        organisation = people::ORGANISATION,
        folder = folder.display(),
    );
    let invite = format!(
        "user create {name} --email {name}@{} --display-name {} --invite",
        people::DOMAIN,
        quote(&display_name)
    );
    for command in [
        &invite,
        "mail show --last",
        "invite accept --last",
        &format!("user show {name}"),
    ] {
        text.push_str(&commands.line(command));
    }
    let _ = write!(
        text,
        "
Or give this to a SCIM client; whom it adds is invited in the same way
  base URL   {url}/scim/v2
  token      {token}

More
"
    );
    for command in ["user list", "group list", "event list", "--help"] {
        text.push_str(&commands.line(command));
    }
    text
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "in a test a panic is the report")]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_where_a_shell_would_split_them() {
        assert_eq!(quote("target/release/usher"), "target/release/usher");
        assert_eq!(quote("/opt/my tools/usher"), "'/opt/my tools/usher'");
        assert_eq!(quote("it's"), "'it'\\''s'");
        assert_eq!(quote(""), "''");
    }

    #[test]
    fn a_folder_of_others_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        assert!(claim(&data).unwrap());
        assert!(!claim(&data).unwrap());
        assert!(!is_seeded(&data));
        let other = folder.path().join("other");
        std::fs::create_dir(&other).unwrap();
        std::fs::write(other.join("usher.db"), "").unwrap();
        assert!(claim(&other).unwrap_err().to_string().contains("usher serve --data"));
    }

    #[test]
    fn what_is_printed_begins_with_the_program_and_names_the_token() {
        let commands = Commands {
            program: "./usher".into(),
            data: " --data d".into(),
        };
        let text = welcome(
            "http://127.0.0.1:8080",
            "ush_x",
            ("nora".into(), "Nora Berg".into()),
            &commands,
            Path::new("d"),
            true,
        );
        assert!(text.contains("\n  ./usher user create nora --email nora@brightwater.example --display-name 'Nora Berg' --invite --data d\n"), "{text}");
        assert!(
            text.contains("  ./usher invite accept --last --data d\n") && text.contains("ush_x"),
            "{text}"
        );
    }
}
