//! The Debian package, from its installation to its purge on a clean Debian, and its service as systemd would start it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::machine::{As, Machine, USERS};
use super::{usher, xtask};
use crate::support::output_of;

const UNIT: &str = "/usr/lib/systemd/system/usher.service";
const SETTINGS: &str = "/etc/usher/usher.toml";

#[test]
fn the_package_is_installed_serves_is_upgraded_and_leaves_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let debian = xtask(&["debian"]);
    let machine = Machine::of(&folder.path().join("root"));
    let mut copy = Command::new("cp");
    output_of(copy.args(["--archive", &debian]).arg(machine.path("/")), "");
    let before = files(&machine);
    let out = machine.path("/tmp").display().to_string();
    xtask(&["deb", "--usher", &usher(), "--out", &out, "--quick"]);
    let package = package(&machine.path("/tmp"));
    let again = folder.path().display().to_string();
    xtask(&["deb", "--usher", &usher(), "--out", &again, "--quick"]);
    let name = package.rsplit('/').next().unwrap_or_default();
    let bytes = |file: &Path| fs::read(file).expect("a package");
    assert!(
        bytes(&machine.path(&package)) == bytes(&folder.path().join(name)),
        "two packages of one binary differ"
    );
    let dpkg = |words: &[&str]| machine.run(&As::root(), &[&["dpkg"], words].concat());

    dpkg(&["--install", &package]);
    assert_eq!(
        dpkg(&["--verify", "usher"]),
        "",
        "files differ from what the package says of them"
    );
    what_was_installed_is_usable(&machine);
    let verified = machine.run(&As::root(), &["systemd-analyze", "verify", "--man=no", UNIT]);
    assert_eq!(verified, "");
    let bearer = serves_for_the_first_time(&machine, folder.path());

    // An upgrade keeps what an administrator has set, and the data.
    let settings = machine.read(SETTINGS) + "\n# by hand\n";
    fs::write(machine.path(SETTINGS), &settings).expect("written");
    let owned = owner_and_mode(&machine, SETTINGS);
    dpkg(&["--install", &package]);
    assert_eq!(machine.read(SETTINGS), settings);
    assert_eq!(owner_and_mode(&machine, SETTINGS), owned);
    serves_what_it_had(&machine, folder.path(), &bearer);

    dpkg(&["--remove", "usher"]);
    assert!(!machine.path("/usr/bin/usher").exists() && !machine.path(UNIT).exists());
    assert_eq!(machine.read(SETTINGS), settings, "settings stay until the purge");
    assert!(
        machine.path("/var/lib/usher/usher.db").exists(),
        "data stay until the purge"
    );
    fs::remove_file(machine.path("/etc/usher/environment")).expect("what an administrator made");
    dpkg(&["--purge", "usher"]);
    fs::remove_file(machine.path(&package)).expect("the package");
    let left: Vec<_> = files(&machine).difference(&before).cloned().collect();
    assert_eq!(left, Vec::<String>::new());
    assert_eq!(before.difference(&files(&machine)).next(), None);
}

fn what_was_installed_is_usable(machine: &Machine) {
    let user = machine.run(&As::root(), &["getent", "passwd", "usher"]);
    assert!(user.ends_with(":Usher:/var/lib/usher:/usr/sbin/nologin"), "{user}");
    assert_eq!(owner_and_mode(machine, "/var/lib/usher"), "usher:usher 700");
    assert_eq!(owner_and_mode(machine, SETTINGS), "root:usher 640");
    let enabled = machine.run(&As::root(), &["systemctl", "is-enabled", "usher"]);
    assert_eq!(enabled, "enabled");
    for (file, says) in [
        ("/usr/share/bash-completion/completions/usher", "_usher()"),
        ("/usr/share/zsh/vendor-completions/_usher", "#compdef usher"),
        ("/usr/share/fish/vendor_completions.d/usher.fish", "complete -c usher"),
        ("/usr/share/doc/usher/copyright", "Apache-2.0"),
        ("/usr/share/doc/usher/README.Debian", "purge"),
        (SETTINGS, "\ndata = \"/var/lib/usher\"\n"),
        (SETTINGS, "\n# smtp = "),
    ] {
        assert!(machine.read(file).contains(says), "{file} does not say {says}");
    }
    let manual = machine.path("/usr/share/man/man1/usher.1.gz");
    let manual = output_of(Command::new("gzip").arg("-dc").arg(manual), "");
    for heading in [".SH NAME", ".SS usher serve\n", ".SS usher token create\n", ".SH FILES"] {
        assert!(manual.contains(heading), "{heading}");
    }
    assert!(!manual.lines().any(|line| line.starts_with('\'')));
}

fn serves_for_the_first_time(machine: &Machine, beside: &Path) -> String {
    fs::write(
        machine.path("/etc/usher/environment"),
        "# For monitoring.\nUSHER_HEALTH_LISTEN=127.0.0.1:8081\n",
    )
    .expect("written");
    let (who, program) = service(machine);
    let program: Vec<&str> = program.iter().map(String::as_str).collect();
    let running = machine.serve(&who, &program, &beside.join("usher.log"));
    assert_eq!(running.said, "listening on http://127.0.0.1:8080");
    let number = machine.run(&As::root(), &["id", "-u", "usher"]);
    assert_eq!(running.status("Uid"), [number.as_str(); 4].join(" "));
    assert_eq!(running.status("CapEff"), "0000000000000000");
    // As README.Debian says it, beside the server.
    let bearer = running.takes_ann(&["--config", SETTINGS]);
    assert!(running.stop().success());
    bearer
}

fn serves_what_it_had(machine: &Machine, beside: &Path, bearer: &str) {
    let (who, program) = service(machine);
    let program: Vec<&str> = program.iter().map(String::as_str).collect();
    let running = machine.serve(&who, &program, &beside.join("usher.log"));
    let (status, found) = running.curl(&["-H", bearer, USERS]);
    assert_eq!(status, "200", "{found}");
    let found: Value = serde_json::from_str(&found).expect("JSON");
    assert_eq!(found["Resources"][0]["userName"], "ann");
    assert!(running.stop().success());
}

/// The unit's service: as whom and how systemd would start it.
fn service(machine: &Machine) -> (As, Vec<String>) {
    let unit = machine.read(UNIT);
    let value = |key: &str| {
        let found = unit.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
        found.unwrap_or_else(|| panic!("the unit has no {key}")).to_owned()
    };
    let number = |database: &str, name: &str| -> u32 {
        let line = machine.run(&As::root(), &["getent", database, name]);
        line.split(':')
            .nth(2)
            .and_then(|number| number.parse().ok())
            .expect("a number")
    };
    assert_eq!(value("ProtectSystem"), "strict");
    let mut environment = vec!["PATH=/usr/bin:/bin".to_owned(), "LANG=C.UTF-8".to_owned()];
    let file = machine.read(value("EnvironmentFile").trim_start_matches('-'));
    environment.extend(file.lines().filter(|line| !line.starts_with('#')).map(str::to_owned));
    let who = As {
        user: Some((number("passwd", &value("User")), number("group", &value("Group")))),
        folder: value("WorkingDirectory"),
        environment,
        writable: Some(format!("var/lib/{}", value("StateDirectory"))),
    };
    let program = value("ExecStart").split(' ').map(str::to_owned).collect();
    (who, program)
}

/// The package that was written there, as a path within the machine.
fn package(folder: &Path) -> String {
    let entries = fs::read_dir(folder).expect("a folder");
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut packages = names.filter(|name| name.starts_with("usher_"));
    format!("/tmp/{}", packages.next().expect("a package was written"))
}

fn owner_and_mode(machine: &Machine, path: &str) -> String {
    machine.run(&As::root(), &["stat", "--format=%U:%G %a", path])
}

/// Every file with its kind, mode and owner, but for what dpkg and the list of users keep for themselves.
fn files(machine: &Machine) -> BTreeSet<String> {
    let mut find = Command::new("find");
    find.arg(machine.path("/")).args(["-printf", "%P %y %m %U:%G\\n"]);
    let own = [
        "var/lib/dpkg/",
        "var/log/",
        "run/systemd",
        "etc/gshadow-",
        "etc/shadow-",
    ];
    let lines = output_of(&mut find, "");
    let lines = lines
        .lines()
        .filter(|line| !own.iter().any(|own| line.starts_with(own)));
    lines.map(str::to_owned).collect()
}
