//! What this machine tells: addresses as they are set, disk, files and their rights, the certificate.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use directory::{Clock, SystemClock};
use rustix::process::{Resource, getrlimit};

use super::findings::Findings;
use crate::config::Config;
use crate::wiring;

/// Less free space than this is a problem, and less than that a warning. Bytes.
const NO_SPACE: u64 = 100 << 20;
const LITTLE_SPACE: u64 = 1 << 30;

/// So long before its end a certificate is worth a word, in seconds.
const ENDS_SOON_SECONDS: i64 = 14 * 86_400;

/// Looks at all of it.
pub(super) fn look(config: &Config, settings: Option<&Path>, findings: &mut Findings) {
    public_url(config, findings);
    disk(config, findings);
    rights(config, settings, findings);
    open_files(config, findings);
    certificate(config, findings);
    for unchecked in wiring::unchecked(config) {
        findings.warning("certificates", unchecked.what, unchecked.advice);
    }
}

fn public_url(config: &Config, findings: &mut Findings) {
    match &config.public_url {
        None => findings.warning(
            "public_url",
            "not set: links lead to the address that is listened on",
            "set USHER_PUBLIC_URL=https://… before you invite anybody",
        ),
        Some(url) if url.starts_with("https://") => findings.good("public_url", url.as_str()),
        Some(url) => {
            let local = url::Url::parse(url)
                .ok()
                .and_then(|url| url.host_str().map(str::to_owned))
                .is_some_and(|host| host == "localhost" || host.starts_with("127."));
            if local {
                findings.warning(
                    "public_url",
                    format!("{url} is this machine only"),
                    "set USHER_PUBLIC_URL=https://… before you invite anybody",
                );
            } else {
                findings.warning(
                    "public_url",
                    format!("{url} is not encrypted: tokens and links can be read on the way"),
                    "put a proxy with TLS in front and use https://",
                );
            }
        }
    }
}

fn disk(config: &Config, findings: &mut Findings) {
    if config.database.url.is_some() {
        return;
    }
    // A folder that is not there yet lies where its parent does.
    let Some(folder) = config
        .data
        .ancestors()
        .map(|path| {
            if path.as_os_str().is_empty() {
                ".".as_ref()
            } else {
                path
            }
        })
        .find(|path| path.exists())
    else {
        return;
    };
    match rustix::fs::statvfs(folder) {
        Err(error) => findings.warning(
            "disk",
            format!("cannot look at {}: {error}", folder.display()),
            "see that the folder can be read",
        ),
        Ok(space) => {
            let free = space.f_bavail.saturating_mul(space.f_frsize);
            let found = format!("{} MiB free in {}", free >> 20, folder.display());
            match free {
                ..NO_SPACE => findings.bad("disk", found, "make room: writes are about to fail"),
                NO_SPACE..LITTLE_SPACE => findings.warning("disk", found, "make room soon"),
                LITTLE_SPACE.. => findings.good("disk", found),
            }
        }
    }
}

/// Others on this machine may read neither people's data nor secrets; and what belongs to another user cannot be written.
fn rights(config: &Config, settings: Option<&Path>, findings: &mut Findings) {
    let mut secret: Vec<PathBuf> = [&config.database.url_file, &config.mail.smtp_file, &config.tls.key_file]
        .into_iter()
        .flatten()
        .cloned()
        .collect();
    // The settings are for everybody to read unless a password stands in them.
    let has_password = |text: String| {
        let set = |line: &str, key: &str| {
            line.trim_start()
                .strip_prefix(key)
                .is_some_and(|rest| rest.trim_start().starts_with('='))
        };
        text.lines()
            .any(|line| ["url", "smtp", "otlp_headers"].iter().any(|key| set(line, key)))
    };
    secret.extend(
        settings
            .filter(|path| std::fs::read_to_string(path).is_ok_and(has_password))
            .map(Path::to_path_buf),
    );
    let mut own = Vec::new();
    if config.database.url.is_none() {
        own.extend(["usher.db", "usher.db-wal", "usher.db-shm"].map(|name| config.data.join(name)));
    }
    let me = rustix::process::geteuid().as_raw();
    let mut looked_at = 0;
    let mut sound = true;
    for path in secret.iter().chain(&own) {
        let Ok(found) = std::fs::metadata(path) else { continue };
        looked_at += 1;
        let shown = path.display();
        if found.mode() & 0o007 != 0 {
            sound = false;
            findings.warning(
                "rights",
                format!("everybody on this machine may read {shown}"),
                format!("chmod o= {shown}"),
            );
        }
        if own.contains(path) && found.uid() != me && me != 0 {
            sound = false;
            findings.bad("rights", format!("{shown} is another user's"), wiring::advice(path));
        }
    }
    // Root may write everywhere, and leaves files behind that the server's user may not.
    if let Some(owner) = std::fs::metadata(&config.data).ok().map(|folder| folder.uid())
        && config.database.url.is_none()
        && me == 0
        && owner != 0
    {
        sound = false;
        findings.warning(
            "rights",
            format!(
                "{} belongs to another user than root, whom this command runs as",
                config.data.display()
            ),
            "run commands as that user, with `sudo -u`",
        );
    }
    if sound && looked_at > 0 {
        findings.good("rights", "nobody else may read the data and the secrets");
    }
}

fn open_files(config: &Config, findings: &mut Findings) {
    // A server raises its limit as far as it may.
    let allowed = getrlimit(Resource::Nofile).maximum.unwrap_or(u64::MAX);
    let fit = wiring::connections_that_fit(allowed);
    if fit < config.server.connections {
        findings.warning(
            "files",
            format!(
                "{allowed} files may be open: enough for {fit} connections, and server.connections is {}",
                config.server.connections
            ),
            "raise the limit, with `ulimit -n` or LimitNOFILE= in the unit",
        );
    } else {
        findings.good(
            "files",
            format!("enough may be open for {} connections", config.server.connections),
        );
    }
}

fn certificate(config: &Config, findings: &mut Findings) {
    let Ok(Some(files)) = config.tls() else { return };
    let now = SystemClock.now();
    match files.read(now) {
        Err(error) => findings.bad(
            "tls",
            format!("{error:#}"),
            "the server reads the files again when they change",
        ),
        Ok(loaded) if loaded.ends < now.plus_seconds(ENDS_SOON_SECONDS) => {
            findings.warning("tls", format!("the certificate ends at {}", loaded.ends), "renew it");
        }
        Ok(loaded) => findings.good("tls", format!("the certificate counts until {}", loaded.ends)),
    }
}
