//! What the documents tell a reader to type is typed here as it stands: fenced blocks marked `sh` run in order in one shell, in
//! an empty folder.

use std::collections::BTreeSet;
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use faces::Face;

use crate::support::{binary, port_8080, scim2_folder, unset, workspace};

/// The addresses that the guides name.
const ADDRESSES: [&str; 2] = ["127.0.0.1:8080", "127.0.0.1:8081"];

/// The cargo of the README: what it would build is there already, and a server goes on in the background, as in a terminal of
/// its own, once it has printed everything.
const CARGO: &str = r#"#!/bin/sh
while [ $# -gt 0 ] && [ "$1" != -- ]; do shift; done
shift
mkfifo said
target/release/usher "$@" >said 2>said.log &
exec 3<said
while read -r line <&3; do
    echo "$line"
    case "$line" in *" --help")
        cat <&3 >/dev/null 2>&1 &
        exit 0 ;;
    esac
done
cat said.log >&2
exit 1
"#;

#[test]
fn every_command_of_the_guides_runs() {
    let _port = port_8080();
    let entries = fs::read_dir(workspace().join("docs")).expect("the guides are there");
    let mut guides: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    guides.retain(|file| file.extension().is_some_and(|end| end == "md"));
    // What is done in a browser is held to what stands on the pages: `step_4_7_guide`.
    guides.retain(|file| !file.ends_with("groups-on-the-pages.md"));
    guides.sort();
    for guide in &guides {
        let text = fs::read_to_string(guide).expect("a guide is read");
        let name = guide.file_name().unwrap_or_default().display().to_string();
        follow(&name, &blocks(&text));
    }
    assert!(!guides.is_empty());
}

#[test]
fn the_journey_of_the_readme_ends_with_an_active_user() {
    let _port = port_8080();
    let text = fs::read_to_string(workspace().join("README.md")).expect("the README is there");
    let journey = section(&text, "Try it");
    let said = follow("README.md, Try it", &blocks(&journey));
    assert!(
        said.lines()
            .any(|line| line.contains("lifecycle") && line.contains("active")),
        "{said}"
    );
}

/// Caught mail is for trial set-ups, which are read at Usher's own address.
const AT_OWN_ADDRESS: &str = "mail";

#[test]
fn the_proxies_of_the_guide_send_every_page_to_usher() {
    let guide = workspace().join("docs/agm-behind-the-provider.md");
    let text = fs::read_to_string(guide).expect("the guide is read");
    let below = "/realms/{realm}/";
    let routes = faces::routes().into_iter().filter(|route| route.face == Face::Pages);
    // The start page of a realm is at Usher's own address too: there the provider has something of its own.
    let segment = |path: &str| {
        let first = path.strip_prefix(below)?.split('/').next()?;
        (!first.is_empty()).then(|| first.to_owned())
    };
    let mut pages: BTreeSet<String> = routes.filter_map(|route| segment(&route.path)).collect();
    assert!(
        pages.remove(AT_OWN_ADDRESS) && pages.contains("invitation"),
        "{pages:?}"
    );
    let mut rules = 0;
    for line in text.lines().filter(|line| line.contains("invitation|")) {
        let (_, list) = line.split_once("/realms/[^/]+/(").expect("a list of pages");
        let (list, _) = list.split_once(')').expect("the end of a list");
        let sent: BTreeSet<String> = list
            .split('|')
            .filter(|page| *page != "agm")
            .map(str::to_owned)
            .collect();
        assert_eq!(sent, pages, "{line}");
        rules += 1;
    }
    assert_eq!(rules, 2, "HAProxy and nginx");
}

/// The lines below a heading of the second level.
fn section(text: &str, title: &str) -> String {
    let lines = text
        .lines()
        .skip_while(|line| line.strip_prefix("## ") != Some(title))
        .skip(1);
    lines
        .take_while(|line| !line.starts_with("## "))
        .collect::<Vec<_>>()
        .join("\n")
}

/// The text of the blocks marked `sh`.
fn blocks(text: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut inside: Option<String> = None;
    for line in text.lines() {
        let fence = line.trim_start().strip_prefix("```");
        match (&mut inside, fence) {
            (None, Some("sh")) => inside = Some(String::new()),
            (Some(_), Some(_)) => blocks.extend(inside.take()),
            (Some(block), None) => {
                block.push_str(line);
                block.push('\n');
            }
            (None, _) => {}
        }
    }
    blocks
}

/// Runs blocks to a good end; what they printed.
fn follow(name: &str, blocks: &[String]) -> String {
    assert!(!blocks.is_empty(), "{name} has nothing to type");
    let (folder, aside) = (
        tempfile::tempdir().expect("a folder"),
        tempfile::tempdir().expect("a folder"),
    );
    let usher = fs::canonicalize(binary()).expect("the binary");
    let release = folder.path().join("target/release");
    fs::create_dir_all(&release).expect("a folder");
    symlink(&usher, release.join("usher")).expect("a link");
    symlink(&usher, aside.path().join("usher")).expect("a link");
    let cargo = aside.path().join("cargo");
    fs::write(&cargo, CARGO).expect("written");
    fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).expect("executable");

    let script = aside.path().join("script.sh");
    let text = format!("set -eu\n{}", blocks.join("\n"));
    fs::write(&script, at_free_address(&text)).expect("written");
    let path = std::env::join_paths(
        [aside.path().to_owned(), scim2_folder()]
            .into_iter()
            .chain(search_path()),
    );
    let shell = unset(&mut Command::new("sh"))
        .arg(&script)
        .current_dir(folder.path())
        .env("PATH", path.expect("a search path"))
        .stdin(Stdio::null())
        .stdout(fs::File::create(aside.path().join("out")).expect("a file"))
        .stderr(fs::File::create(aside.path().join("err")).expect("a file"))
        .process_group(0)
        .spawn();
    let mut group = Group(shell.expect("a shell"));
    let status = group.0.wait().expect("the shell ends");
    drop(group);
    let read = |file: &str| fs::read_to_string(aside.path().join(file)).unwrap_or_default();
    let (said, errors) = (read("out"), read("err"));
    assert!(
        status.success(),
        "{name}: {status}\n{said}\n{errors}{}",
        log(folder.path())
    );
    testkit::figure!("{name}: {} blocks typed as they stand", blocks.len());
    said
}

fn search_path() -> Vec<std::path::PathBuf> {
    std::env::var_os("PATH")
        .map(|path| std::env::split_paths(&path).collect())
        .unwrap_or_default()
}

fn log(folder: &Path) -> String {
    fs::read_to_string(folder.join("usher.log")).unwrap_or_default()
}

/// The text as it stands, unless somebody else on this machine holds an address it names.
fn at_free_address(text: &str) -> String {
    let mut text = text.to_owned();
    for address in ADDRESSES {
        if !text.contains(address) || TcpListener::bind(address).is_ok() {
            continue;
        }
        let other = TcpListener::bind("127.0.0.1:0")
            .and_then(|socket| socket.local_addr())
            .expect("a port");
        testkit::say(format_args!("{address} is taken, so {other} stands in for it"));
        text = text.replace(address, &other.to_string());
    }
    text
}

/// A shell and everything it has started.
struct Group(std::process::Child);

impl Drop for Group {
    fn drop(&mut self) {
        let group = format!("-{}", self.0.id());
        // Usually everything has ended.
        let _ = Command::new("kill")
            .args(["-TERM", "--", &group])
            .stderr(Stdio::null())
            .status();
        let _ = self.0.wait();
    }
}

#[test]
fn only_blocks_marked_sh_of_the_section_run() {
    let text = "## A\n```sh\none\ntwo\n```\n```json\n{}\n```\n## B\n  ```sh\nthree\n  ```\n";
    assert_eq!(blocks(text), ["one\ntwo\n", "three\n"]);
    assert_eq!(blocks(&section(text, "B")), ["three\n"]);
}
