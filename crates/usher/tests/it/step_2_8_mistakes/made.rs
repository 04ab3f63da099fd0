//! The mistakes, each made with the built binary.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::process::Command;

use db::{Db, Engine, Location, Options};
use serde_json::json;

use super::{Answer, Scene, peers};
use crate::step_2_7_tls::Authority;
use crate::support::{Place, binary};

/// One mistake: its name, what was answered, and what is to be.
type Made = (&'static str, Answer, (String, i32));

pub(super) fn all() -> Vec<Made> {
    let mut all = settings();
    all.extend(databases());
    all.extend(folders());
    all.extend(sockets_and_certificates());
    all.extend(machine());
    all.extend(commands());
    all
}

fn made(name: &'static str, answer: Answer, line: impl Into<String>, code: i32) -> Made {
    (name, answer, (line.into(), code))
}

fn settings() -> Vec<Made> {
    let scene = Scene::new();
    let with_file = |text: &str| {
        scene.write("usher.toml", text);
        let answer = scene.said(&mut scene.usher(&["config", "check"]));
        fs::remove_file(scene.path("usher.toml")).expect("removed");
        answer
    };
    let with = |name: &str, value: &str| scene.said(scene.usher(&["config", "check"]).env(name, value));
    vec![
        made(
            "an unknown key",
            with_file("[mail]\nsmpt = \"smtp://h\"\n"),
            "error: the settings do not fit: usher.toml:2: there is no setting `mail.smpt`; did you mean `mail.smtp`?",
            1,
        ),
        made(
            "a value of the wrong kind",
            with_file("[database]\nreaders = \"4\"\n"),
            "error: the settings do not fit: usher.toml:2: database.readers takes a whole number",
            1,
        ),
        made(
            "a misspelled variable",
            with("USHER_PUBLICURL", "https://u.example"),
            "error: the settings do not fit: the environment sets USHER_PUBLICURL, and there is no such setting; did you mean USHER_PUBLIC_URL?",
            1,
        ),
        made(
            "a public_url without a scheme",
            with("USHER_PUBLIC_URL", "usher.example.org"),
            "error: the settings do not fit: public_url: `usher.example.org` is no URL such as https://usher.example.org",
            1,
        ),
        made(
            "a proxy by its name",
            with("USHER_SERVER__TRUSTED_PROXIES", "10.0.0.0/8, proxy.example"),
            "error: the settings do not fit: server.trusted_proxies: `proxy.example` is no address and no network such as 10.0.0.0/8 or fd00::/8",
            1,
        ),
        made(
            "a mail server without a sender",
            with("USHER_MAIL__SMTP", "smtp://mail.example"),
            "error: the settings do not fit: mail.from is missing: mail.smtp needs a sender such as USHER_MAIL__FROM=\"Usher <usher@example.org>\"",
            1,
        ),
        made(
            "a mail server that is no URL",
            scene.said(
                scene
                    .usher(&["config", "check"])
                    .env("USHER_MAIL__SMTP", "mail.example:25")
                    .env("USHER_MAIL__FROM", "usher@example.org"),
            ),
            "error: the settings do not fit: mail.smtp: the scheme is `mail.example`; it looks like smtp://user:password@host:587 or smtps://host",
            1,
        ),
        made(
            "a missing settings file",
            scene.said(&mut scene.usher(&["config", "check", "--config", "no.toml"])),
            "error: the settings do not fit: cannot read no.toml, which --config or USHER_CONFIG names: No such file or directory (os error 2)",
            1,
        ),
        made(
            "a missing file of secrets",
            with("USHER_DATABASE__URL_FILE", "/run/secrets/none"),
            "error: the settings do not fit: database.url_file: cannot read /run/secrets/none: it is not there; the file holds the value alone, on one line",
            1,
        ),
        made(
            "a mail server that refuses",
            refused_mail(&scene),
            refused_mail_line(),
            1,
        ),
    ]
}

fn refused_mail(scene: &Scene) -> Answer {
    let port = peers::mail_server();
    scene.prepare(&["migrate", "--data", "mailing"]);
    let mut doctor = scene.usher(&["doctor", "--data", "mailing"]);
    doctor.env("USHER_MAIL__SMTP", format!("smtp://127.0.0.1:{port}"));
    doctor.env("USHER_MAIL__FROM", "usher@example.org");
    let (line, code) = scene.diagnosed(&mut doctor);
    (line.replace(&port.to_string(), "PORT"), code)
}

fn refused_mail_line() -> String {
    "mail problem 127.0.0.1:PORT refuses our connection: 554 5.7.1 no mail from you see that the mail server runs and that [mail] has its address and password".into()
}

fn databases() -> Vec<Made> {
    let scene = Scene::new();
    let with = |url: &str| scene.said(scene.usher(&["migrate"]).env("USHER_DATABASE__URL", url));
    let at = |port: u16| {
        let (line, code) = with(&format!("postgres://usher:secret@127.0.0.1:{port}/usher"));
        (line.replace(&port.to_string(), "PORT"), code)
    };
    let place = Place::on(Engine::Postgres);
    let environment = place.environment();
    let (_, url) = environment.first().expect("its URL");
    let server = url
        .split('?')
        .next()
        .and_then(|url| url.rsplit_once('/'))
        .expect("a URL")
        .0;
    let host = server
        .rsplit_once('@')
        .map_or(server, |(_, host)| host)
        .replace("%2F", "/");
    let user = server
        .strip_prefix("postgres://")
        .and_then(|rest| rest.split(['@', ':']).next());
    let user = user.unwrap_or_default();
    let said = |line: String, code| (line.replace(&host, "SERVER").replace(user, "USER"), code);
    let (unknown, weak) = (
        with(&format!("{server}/no_such_database")),
        place.attempt_code(&["serve", "--listen", "127.0.0.1:0"]),
    );
    vec![
        made(
            "a database of another kind",
            with("mysql://u:p@127.0.0.1/usher"),
            "error: the settings do not fit: database.url: takes postgres://USER:PASSWORD@HOST/DATABASE; for SQLite leave it out and set --data",
            1,
        ),
        made(
            "a database server that is not there",
            with("postgres://u:p@127.0.0.1:1/usher"),
            "error: database.url: nothing answers at 127.0.0.1:1; see that PostgreSQL runs there, and that host and port are right",
            1,
        ),
        made(
            "an unknown host",
            with("postgres://u:p@db.invalid/usher"),
            "error: database.url: there is no host db.invalid:5432; mend it, or see that names are resolved on this machine",
            1,
        ),
        made(
            "a wrong password",
            at(peers::refusing_postgres()),
            "error: database.url: 127.0.0.1:PORT does not take the password of the user usher; mend it",
            1,
        ),
        made(
            "an unknown database",
            said(unknown.0, unknown.1),
            "error: database.url: SERVER has no database no_such_database; make it with `createdb -O USER no_such_database`, or name another",
            1,
        ),
        made(
            "PostgreSQL that is too old",
            at(peers::old_postgres()),
            "error: database.url: the server is of version 14, and 15 is the oldest that will do; upgrade it",
            1,
        ),
        made(
            "PostgreSQL that may lose what it has answered",
            (weak.0.trim().to_owned(), weak.1),
            "error: the database could lose what was answered with success: fsync is off: set fsync = on in postgresql.conf (--unsafe-durability starts anyway, for tests only)",
            1,
        ),
    ]
}

fn folders() -> Vec<Made> {
    let place = Place::on(Engine::Sqlite);
    let scene = Scene::new();
    scene.write("file", "");
    fs::create_dir(scene.path("other")).expect("a folder");
    scene.write("other/usher.db", &"This is a letter to my aunt. ".repeat(100));
    let usher = place.serve();
    let (second, second_code) = place.attempt_code(&["serve", "--listen", "127.0.0.1:0"]);
    let second = second.trim().replace(&place.data().display().to_string(), "DATA");
    let process = second.split("(process ").nth(1).and_then(|rest| rest.split(',').next());
    let second = second
        .replace(process.unwrap_or("?"), "PROCESS")
        .replace(&usher.url, "URL");
    usher.stop();

    scene.prepare(&["migrate", "--data", "newer"]);
    from_the_future(&scene.path("newer/usher.db"), 9999);
    scene.prepare(&["migrate", "--data", "older"]);
    execute(
        &scene.path("older/usher.db"),
        "DELETE FROM schema_migrations WHERE number >= 7",
    );
    let known = directory::MIGRATIONS.last().expect("there are some").number;
    vec![
        made(
            "no database in the folder",
            scene.said(&mut scene.usher(&["user", "list", "--data", "empty"])),
            "error: there is no database in empty: name its folder with --data, or make it with `usher serve` or `usher migrate`",
            1,
        ),
        made(
            "a file in place of the folder",
            scene.said(&mut scene.usher(&["serve", "--listen", "127.0.0.1:0", "--data", "file/data"])),
            "error: file/data lies where a file is: name a folder with --data",
            1,
        ),
        made(
            "a folder of another program",
            scene.said(&mut scene.usher(&["migrate", "--data", "other"])),
            "error: other/usher.db is no database of Usher: name another folder with --data, or bring a backup back with `usher restore`",
            1,
        ),
        foreign_folder(&scene),
        made(
            "two servers on one folder",
            (second, second_code),
            "error: another server (process PROCESS, URL) works on DATA: stop it first, or give this one a folder of its own with --data; several servers share PostgreSQL, not a folder",
            1,
        ),
        made(
            "a database of a newer program",
            scene.said(&mut scene.usher(&["migrate", "--data", "newer"])),
            format!(
                "error: the database is at migration 9999, and this usher knows those up to {known}: use the newer usher, or bring the backup of before the upgrade back"
            ),
            1,
        ),
        made(
            "a server of an older program on it",
            scene.said(&mut scene.usher(&["serve", "--listen", "127.0.0.1:0", "--data", "newer"])),
            format!(
                "error: the database is at migration 9999, and this usher knows those up to {known}: use the newer usher, or bring the backup of before the upgrade back"
            ),
            1,
        ),
        made(
            "a database that waits for its migrations",
            scene.diagnosed(&mut scene.usher(&["doctor", "--data", "older"])),
            format!("schema problem 6 of {known} run `usher migrate`"),
            1,
        ),
    ]
}

/// A folder that belongs to somebody else; where we are root, it is nobody who comes.
fn foreign_folder(scene: &Scene) -> Made {
    let name = "a folder of another user";
    let words = ["serve", "--listen", "127.0.0.1:0", "--data", "closed/data"];
    fs::create_dir(scene.path("closed")).expect("a folder");
    let mode = |mode| fs::set_permissions(scene.path("closed"), fs::Permissions::from_mode(mode));
    mode(0o555).expect("its mode is set");
    if !rustix::process::geteuid().is_root() {
        let (line, code) = scene.said(&mut scene.usher(&words));
        let right = line.starts_with("error: cannot write to the data folder: this process runs as ");
        mode(0o755).expect("its mode is set");
        return made(name, (right.to_string(), code), "true", 1);
    }
    let program = scene.path("usher");
    // By another process: a program that is open for writing here is open in whatever other tests start, and cannot be run.
    let copied = Command::new("cp")
        .arg(binary())
        .arg(&program)
        .status()
        .expect("cp runs");
    assert!(copied.success());
    let mut command = scene.program(&program, &words);
    command.uid(65_534).gid(65_534);
    made(
        name,
        scene.said(&mut command),
        "error: cannot write to the data folder: closed belongs to root, and this process runs as nobody: run it as that user, or give the folder to this one",
        1,
    )
}

fn sockets_and_certificates() -> Vec<Made> {
    let scene = Scene::new();
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let serve = |listen: &str| scene.said(&mut scene.usher(&["serve", "--data", "d", "--listen", listen]));
    let (line, code) = serve(&address);
    let in_use = (line.replace(&address, "ADDRESS"), code);

    let authority = Authority::new();
    let (certificate, key) = authority.certify(1, |_| {});
    let (_, other_key) = authority.certify(2, |_| {});
    let (expired, expired_key) = authority.certify(3, |params| {
        params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        params.not_after = rcgen::date_time_ymd(2021, 1, 1);
    });
    for (name, text) in [
        ("chain.pem", &certificate),
        ("key.pem", &key),
        ("other-key.pem", &other_key),
        ("expired.pem", &expired),
        ("expired-key.pem", &expired_key),
    ] {
        scene.write(name, text);
    }
    let with = |certificate: &str, key: &str| {
        let mut command = scene.usher(&["serve", "--data", "d", "--listen", "127.0.0.1:0"]);
        scene.said(
            command
                .env("USHER_TLS__CERTIFICATE_FILE", certificate)
                .env("USHER_TLS__KEY_FILE", key),
        )
    };
    vec![
        made(
            "a port in use",
            in_use,
            "error: cannot listen on ADDRESS: another program does; stop that one, or take another port (--listen)",
            1,
        ),
        made(
            "an address of another machine",
            serve("192.0.2.1:8080"),
            "error: cannot listen on 192.0.2.1:8080: 192.0.2.1 is no address of this machine; 0.0.0.0 means all it has (--listen)",
            1,
        ),
        made(
            "an address without a port",
            serve("127.0.0.1"),
            "error: cannot listen on 127.0.0.1: it is no HOST:PORT such as 127.0.0.1:8080 (--listen)",
            1,
        ),
        made(
            "a certificate that is not there",
            with("none.pem", "key.pem"),
            format!(
                "error: tls.certificate_file: cannot read none.pem as {}, the user this process runs as: No such file or directory (os error 2)",
                whoami()
            ),
            1,
        ),
        made(
            "a certificate without its key",
            scene.said(
                scene
                    .usher(&["config", "check"])
                    .env("USHER_TLS__CERTIFICATE_FILE", "chain.pem"),
            ),
            "error: the settings do not fit: tls.key_file is missing: tls.certificate_file needs the key beside it",
            1,
        ),
        made(
            "the key of another certificate",
            with("chain.pem", "other-key.pem"),
            "error: tls.key_file: other-key.pem is not the key of the certificate in chain.pem; take the one that the certificate was asked for with",
            1,
        ),
        made(
            "a certificate in place of the key",
            with("chain.pem", "chain.pem"),
            "error: tls.key_file: chain.pem holds no private key in PEM without a password; take the one that the certificate was asked for with",
            1,
        ),
        made(
            "a certificate that has ended",
            with("expired.pem", "expired-key.pem"),
            "error: tls.certificate_file: the certificate in expired.pem ended at 2021-01-01T00:00:00.000Z; renew it",
            1,
        ),
    ]
}

fn whoami() -> String {
    let said = Command::new("id").arg("-un").output().expect("it runs");
    String::from_utf8_lossy(&said.stdout).trim().to_owned()
}

fn machine() -> Vec<Made> {
    let scene = Scene::new();
    let few = ["serve", "--listen", "127.0.0.1:0", "--data", "few"];
    let mut all = vec![
        made(
            "too few file descriptors",
            scene.said(&mut scene.after("ulimit -n 100", &few)),
            "error: only 100 files may be open, and a server takes 128 at least: raise the limit, with `ulimit -n` or LimitNOFILE= in the unit",
            1,
        ),
        wrong_clock(),
    ];
    // A small disk, in a name space of its own, where the machine lets us.
    fs::create_dir(scene.path("small")).expect("a folder");
    let spaces = ["-m", "-rm"].map(|flags| format!("unshare {flags}"));
    let may = |space: &&String| {
        let tried = scene
            .after(&format!("{space} mount -t tmpfs none small"), &["--version"])
            .output();
        tried.is_ok_and(|tried| tried.stderr.is_empty())
    };
    match spaces.iter().find(may) {
        None => testkit::say(format_args!(
            "a full disk cannot be made on this machine, so that mistake is left out"
        )),
        Some(space) => {
            let small = "mount -t tmpfs -o size=400k none small && exec \"$0\" \"$@\"";
            let scene_set = format!("exec {space} sh -c '{small}' \"$0\" \"$@\"");
            all.push(made(
                "a full disk",
                scene.said(&mut scene.after(&scene_set, &["migrate", "--data", "small"])),
                "error: cannot bring the database up to date: the disk of small is full: make room, then run this again; nothing was changed",
                1,
            ));
        }
    }
    all
}

/// The machine's clock has gone back: the newest event lies in the future.
fn wrong_clock() -> Made {
    let place = Place::on(Engine::Sqlite);
    let usher = place.serve_with(&["--clock", "2090-01-01T00:00:00Z"]);
    let token = place.token("hr", "scim:write", &[]);
    usher
        .http()
        .bearer(&token)
        .post("/scim/v2/Users", &json!({ "userName": "ann" }))
        .expect(201);
    usher.stop();
    // A server without --clock follows the machine's.
    place.serve().stop();
    let scene = Scene::new();
    let data = place.data().display().to_string();
    let (line, code) = scene.diagnosed(&mut scene.usher(&["doctor", "--data", &data]));
    let now = line
        .split("says ")
        .nth(1)
        .and_then(|rest| rest.split(',').next())
        .unwrap_or("?");
    let newest = line
        .split("event is of ")
        .nth(1)
        .and_then(|rest| rest.split(' ').next())
        .unwrap_or("?");
    let right = newest.starts_with("2090-01-01T00:00:");
    let line = line
        .replace(now, "NOW")
        .replace(newest, if right { "THEN" } else { newest });
    made(
        "a clock that is wrong",
        (line, code),
        "clock problem says NOW, and the newest event is of THEN set this machine's clock; if it is right, the one was wrong that made the event",
        1,
    )
}

fn commands() -> Vec<Made> {
    let scene = Scene::new();
    scene.prepare(&["migrate", "--data", "usher-data"]);
    let run = |words: &[&str]| scene.said(&mut scene.usher(words));
    vec![
        made(
            "an unknown realm",
            run(&["user", "list", "--realm", "acme"]),
            "error: there is no realm `acme`; `usher realm list` shows them, `usher realm create acme` makes it",
            1,
        ),
        made(
            "an unknown client",
            run(&["client", "show", "hr"]),
            "error: there is no client `hr` in the realm default; `usher client list` shows them",
            1,
        ),
        made(
            "a token without a scope",
            run(&["token", "create", "hr"]),
            "error: there is no client `hr` yet; to make it say what it may do: usher token create hr --scope scim:read,scim:write",
            2,
        ),
        made(
            "a scope that is none",
            run(&["token", "create", "hr", "--scope", "scim:rite"]),
            "error: invalid value 'scim:rite' for '--scope <SCOPES>': scope: `scim:rite` is unknown; known are scim:read, scim:write, scim:me, graph:read, graph:write, invite, invite:bulk, invite:any-address, agm:self, agm:manage, agm:admin, events:read, admin; --help shows what there is",
            2,
        ),
        made(
            "a filter that ends early",
            run(&["user", "list", "--filter", "userName eq"]),
            "error: --filter: at character 12: expected a value: a text in double quotes, a number, true, false or null, found the end",
            2,
        ),
        made(
            "a misspelled command",
            run(&["usr", "list"]),
            "error: unrecognized subcommand 'usr'; a similar subcommand exists: 'user'; --help shows what there is",
            2,
        ),
        made(
            "a clock that does not stand",
            run(&["clock", "advance", "1h"]),
            "error: the clock was not moved: the clock runs; only one that was started with --clock can be moved",
            1,
        ),
        made(
            "a setting of a realm that is none",
            run(&["realm", "set", "default", "language=fr"]),
            "error: language: `en` or `de`",
            2,
        ),
    ]
}

/// Runs one statement on a database file.
fn execute(file: &std::path::Path, sql: &'static str) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build();
    runtime.expect("a runtime").block_on(async {
        let db = Db::open(&Location::Sqlite(file.to_owned()), &Options::default()).await;
        let db = db.expect("a database");
        db.write(move |tx| -> Result<u64, db::Error> { tx.execute(sql, &[]) })
            .await
            .expect("written");
        db.close().await;
    });
}

fn from_the_future(file: &std::path::Path, number: u32) {
    let sql = format!("INSERT INTO schema_migrations (number, name, checksum) VALUES ({number}, 'later', x'00')");
    execute(file, sql.leak());
}
