//! `cargo xtask image`: an OCI image in a file, made without a container engine.
//!
//! The file is an archive of the OCI image layout, one layer, and has Docker's index too: `docker load`, `podman load` and
//! `skopeo copy oci-archive:…` take it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::staging::{Staging, output_folder};
use super::subject::Subject;
use super::{libraries, licences};
use crate::{shell, usage};

/// Nobody in particular, by a number that means nobody on other systems either; clusters ask for a number.
const USER: &str = "65532";

const PASSWD: &str = "\
root:x:0:0:root:/root:/sbin/nologin
usher:x:65532:65532:Usher:/data:/sbin/nologin
nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin
";
const GROUP: &str = "root:x:0:\nusher:x:65532:\nnogroup:x:65534:\n";
const NAME_SERVICE: &str = "passwd: files\ngroup: files\nhosts: files dns\n";

/// Settings of every command in a container, so that `docker exec … usher token create hr` needs no flags.
const ENVIRONMENT: [&str; 4] = [
    "PATH=/usr/bin",
    "USHER_LISTEN=0.0.0.0:8080",
    "USHER_HEALTH_LISTEN=0.0.0.0:8081",
    "USHER_DATA=/data",
];

/// `image [--usher FILE] [--out FILE]`
pub(crate) fn main(args: &[&str]) -> Result<()> {
    let (mut usher, mut out) = (None, None);
    for pair in args.chunks(2) {
        match pair {
            ["--usher", file] => usher = Some(Path::new(*file)),
            ["--out", file] => out = Some(PathBuf::from(file)),
            _ => return Err(usage("image takes --usher FILE and --out FILE")),
        }
    }
    let subject = Subject::find(usher)?;
    let out = out.unwrap_or_else(|| {
        let name = format!("usher-{}-{}.oci.tar", subject.version, subject.architecture);
        output_folder().join(name)
    });
    let digest = Image { subject }.write(&out)?;
    let size = fs::metadata(&out)
        .with_context(|| format!("looking at {}", out.display()))?
        .len();
    println!("{} ({:.1} MB), {digest}", out.display(), size as f64 / 1e6);
    Ok(())
}

struct Image {
    subject: Subject,
}

/// A file of the image layout, named by its own hash.
struct Blob {
    digest: String,
    size: u64,
}

impl Image {
    /// Writes the image; the digest it is known by.
    fn write(&self, out: &Path) -> Result<String> {
        let layout = Staging::new()?;
        let (layer, uncompressed) = self.layer(&layout)?;
        let created = self.subject.date("+%Y-%m-%dT%H:%M:%SZ")?;
        let config = blob(&layout, &self.config(&uncompressed, &created))?;
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": config.named("application/vnd.oci.image.config.v1+json"),
            "layers": [layer.named("application/vnd.oci.image.layer.v1.tar+gzip")],
            "annotations": self.labels(&created),
        });
        let manifest = blob(&layout, &manifest)?;
        let mut entry = manifest.named("application/vnd.oci.image.manifest.v1+json");
        let version = &self.subject.version;
        entry["platform"] = json!({ "architecture": self.subject.architecture, "os": "linux" });
        entry["annotations"] = json!({
            "org.opencontainers.image.ref.name": version,
            "io.containerd.image.name": format!("docker.io/library/usher:{version}"),
        });
        let index = json!({
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.index.v1+json",
            "manifests": [entry],
        });
        layout.write("index.json", index.to_string(), 0o644)?;
        layout.write(
            "oci-layout",
            json!({ "imageLayoutVersion": "1.0.0" }).to_string(),
            0o644,
        )?;
        let docker = json!([{
            "Config": config.path(),
            "RepoTags": [format!("usher:{version}")],
            "Layers": [layer.path()],
        }]);
        layout.write("manifest.json", docker.to_string(), 0o644)?;
        if let Some(folder) = out.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
        }
        shell::run(self.tar(&layout, "--create", out, "0").args(layout.top()?))?;
        Ok(manifest.digest)
    }

    /// Makes the layer, packed, among the blobs; and its digest as it was before it was packed.
    fn layer(&self, layout: &Staging) -> Result<(Blob, String)> {
        let root = Staging::new()?;
        let binary = self.subject.install(&root, "usr/bin/usher")?;
        libraries::install(&root, &binary)?;
        root.copy(&shell::root().join("LICENSE"), "usr/share/doc/usher/LICENSE", 0o644)?;
        root.write("usr/share/doc/usher/licences-of-crates", licences::of_crates()?, 0o644)?;
        root.write("etc/passwd", PASSWD, 0o644)?;
        root.write("etc/group", GROUP, 0o644)?;
        root.write("etc/nsswitch.conf", NAME_SERVICE, 0o644)?;
        // Where settings may be mounted, and what engines mount themselves.
        for folder in ["etc/usher", "dev", "proc", "run", "sys"] {
            root.folder(folder, 0o755)?;
        }
        root.folder("tmp", 0o1777)?;
        root.folder("data", 0o700)?;

        let file = layout.write("blobs/sha256/layer", "", 0o644)?;
        let names = root.top()?;
        let of_root = names.iter().filter(|name| *name != "data");
        shell::run(self.tar(&root, "--create", &file, "0").args(of_root))?;
        shell::run(self.tar(&root, "--append", &file, USER).arg("data"))?;
        let uncompressed = digest(&file)?;
        shell::run(Command::new("gzip").arg("-n").arg(&file))?;
        Ok((Blob::take(&file.with_extension("gz"))?, uncompressed))
    }

    /// What says how a container runs.
    fn config(&self, uncompressed: &str, created: &str) -> Value {
        json!({
            "created": created,
            "architecture": self.subject.architecture,
            "os": "linux",
            "config": {
                "User": format!("{USER}:{USER}"),
                "ExposedPorts": { "8080/tcp": {}, "8081/tcp": {} },
                "Env": ENVIRONMENT,
                "Entrypoint": ["/usr/bin/usher"],
                "Cmd": ["serve"],
                "Volumes": { "/data": {} },
                "WorkingDir": "/data",
                "Labels": self.labels(created),
                "StopSignal": "SIGTERM",
            },
            "rootfs": { "type": "layers", "diff_ids": [uncompressed] },
            "history": [{ "created": created, "created_by": "cargo xtask image" }],
        })
    }

    fn labels(&self, created: &str) -> Value {
        let mut labels = json!({
            "org.opencontainers.image.title": "Usher",
            "org.opencontainers.image.description":
                "Gets people into an organisation and its groups, keeps them there for exactly as long as they belong, and gets them out again",
            "org.opencontainers.image.version": self.subject.version,
            "org.opencontainers.image.licenses": "Apache-2.0",
            "org.opencontainers.image.created": created,
        });
        if let Some(revision) = &self.subject.revision {
            labels["org.opencontainers.image.revision"] = json!(revision);
        }
        labels
    }

    /// `tar` on that folder, in one order, at one time, owned by one number.
    fn tar(&self, staging: &Staging, action: &str, file: &Path, owner: &str) -> Command {
        let mut tar = Command::new("tar");
        tar.arg(action).arg("--file").arg(file);
        tar.arg("--directory").arg(staging.path());
        tar.args(["--format=ustar", "--sort=name", "--numeric-owner"]);
        tar.arg(format!("--mtime=@{}", self.subject.time));
        tar.args([format!("--owner={owner}"), format!("--group={owner}")]);
        tar.arg("--");
        tar
    }
}

impl Blob {
    /// Names a file by its hash.
    fn take(file: &Path) -> Result<Self> {
        let digest = digest(file)?;
        let name = digest.trim_start_matches("sha256:");
        fs::rename(file, file.with_file_name(name)).with_context(|| format!("renaming {}", file.display()))?;
        let placed = file.with_file_name(name);
        let size = fs::metadata(&placed)
            .with_context(|| format!("looking at {}", placed.display()))?
            .len();
        Ok(Self { digest, size })
    }

    fn path(&self) -> String {
        format!("blobs/{}", self.digest.replace(':', "/"))
    }

    fn named(&self, kind: &str) -> Value {
        json!({ "mediaType": kind, "digest": self.digest, "size": self.size })
    }
}

fn blob(layout: &Staging, value: &Value) -> Result<Blob> {
    Blob::take(&layout.write("blobs/sha256/json", value.to_string(), 0o644)?)
}

fn digest(file: &Path) -> Result<String> {
    let input = fs::File::open(file).with_context(|| format!("reading {}", file.display()))?;
    let said = Command::new("sha256sum")
        .stdin(input)
        .output()
        .context("starting sha256sum")?;
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    let hash = said.split(' ').next().filter(|hash| hash.len() == 64);
    let hash = hash.with_context(|| format!("sha256sum says {said:?} of {}", file.display()))?;
    Ok(format!("sha256:{hash}"))
}
