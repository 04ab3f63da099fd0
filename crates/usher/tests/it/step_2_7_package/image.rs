//! The image, taken apart as an engine does it, and run on its files alone.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use super::machine::{As, Machine, USERS};
use super::{usher, xtask};
use crate::support::output_of;

#[test]
fn an_image_is_the_same_every_time_and_serves_on_its_files_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("usher.oci.tar");
    let said = xtask(&["image", "--usher", &usher(), "--out", &text(&file)]);
    let again = folder.path().join("again.oci.tar");
    // By somebody else, so to say.
    let other = folder.path().join("usher");
    fs::copy(usher(), &other).expect("a copy");
    xtask(&["image", "--usher", &text(&other), "--out", &text(&again)]);
    assert_eq!(hash(&file), hash(&again), "two images of one binary differ");

    let image = Image::unpack(&file, folder.path());
    assert!(said.ends_with(&image.digest), "{said}");
    files_are_what_they_should_be(&image);
    settings_are_what_engines_ask_for(&image);
    serves(&image, folder.path());
}

/// An image as an engine has it after a pull.
struct Image {
    /// Its layers, one over the other.
    root: PathBuf,
    config: Value,
    digest: String,
}

impl Image {
    fn unpack(file: &Path, beside: &Path) -> Self {
        let (layout, root) = (beside.join("layout"), beside.join("root"));
        extract(file, &layout);
        let json = |file: &Path| -> Value {
            let text = fs::read_to_string(file).expect("a file of the layout");
            serde_json::from_str(&text).expect("it is JSON")
        };
        assert_eq!(json(&layout.join("oci-layout"))["imageLayoutVersion"], "1.0.0");
        let blob = |named: &Value| -> PathBuf {
            let digest = named["digest"].as_str().expect("a digest");
            let file = layout.join("blobs").join(digest.replace(':', "/"));
            assert_eq!(format!("sha256:{}", hash(&file)), digest);
            assert_eq!(json!(fs::metadata(&file).expect("a blob").len()), named["size"]);
            file
        };
        let index = json(&layout.join("index.json"));
        let manifest = json(&blob(&index["manifests"][0]));
        let config = json(&blob(&manifest["config"]));
        let layers = manifest["layers"].as_array().expect("layers");
        for (layer, uncompressed) in layers
            .iter()
            .zip(config["rootfs"]["diff_ids"].as_array().expect("their ids"))
        {
            assert_eq!(layer["mediaType"], "application/vnd.oci.image.layer.v1.tar+gzip");
            let packed = blob(layer);
            let plain = beside.join("layer.tar");
            let gzip = Command::new("gzip").arg("-dc").arg(&packed).output().expect("gzip");
            fs::write(&plain, gzip.stdout).expect("written");
            assert_eq!(
                format!("sha256:{}", hash(&plain)),
                uncompressed.as_str().expect("an id")
            );
            extract(&plain, &root);
        }
        // What Docker looks at names the same files.
        let docker = &json(&layout.join("manifest.json"))[0];
        let path = |named: &Value| {
            format!(
                "blobs/{}",
                named["digest"].as_str().unwrap_or_default().replace(':', "/")
            )
        };
        assert_eq!(docker["Config"], path(&manifest["config"]).as_str());
        assert_eq!(docker["Layers"], json!(layers.iter().map(path).collect::<Vec<_>>()));
        let digest = index["manifests"][0]["digest"].as_str().expect("a digest").to_owned();
        Self { root, config, digest }
    }

    fn list(&self, key: &str) -> Vec<String> {
        let list = self.config["config"][key].as_array().expect("a list");
        list.iter()
            .map(|word| word.as_str().expect("a text").to_owned())
            .collect()
    }
}

fn settings_are_what_engines_ask_for(image: &Image) {
    let config = &image.config["config"];
    assert_eq!(config["User"], "65532:65532");
    assert_eq!(config["Volumes"], json!({ "/data": {} }));
    assert_eq!(config["ExposedPorts"], json!({ "8080/tcp": {}, "8081/tcp": {} }));
    let labels = config["Labels"].as_object().expect("labels");
    for label in ["title", "description", "version", "licenses", "created"] {
        assert!(
            labels.contains_key(&format!("org.opencontainers.image.{label}")),
            "{label}: {labels:?}"
        );
    }
}

fn files_are_what_they_should_be(image: &Image) {
    let mut executable = BTreeSet::new();
    for (path, metadata) in walk(&image.root) {
        let mode = metadata.permissions().mode();
        let owner = if path == "data" { (65532, 65532) } else { (0, 0) };
        assert_eq!((metadata.uid(), metadata.gid()), owner, "{path}");
        assert_eq!(mode & 0o6000, 0, "{path} lends its owner's rights");
        assert!(
            mode & 0o022 == 0 || path == "tmp",
            "{path} can be written by others: {mode:o}"
        );
        if metadata.is_file() && mode & 0o111 != 0 && !path.contains(".so") {
            executable.insert(path);
        }
    }
    assert_eq!(executable, BTreeSet::from(["usr/bin/usher".to_owned()]));
    let authorities = fs::read_to_string(image.root.join("etc/ssl/certs/ca-certificates.crt")).expect("authorities");
    assert!(authorities.matches("BEGIN CERTIFICATE").count() > 100);
    for known in ["LICENSE", "licences-of-crates"] {
        assert!(image.root.join("usr/share/doc/usher").join(known).exists(), "{known}");
    }
    assert!(image.root.join("var/lib/dpkg/status.d/libc6").exists());
}

fn serves(image: &Image, beside: &Path) {
    let machine = Machine::of(&image.root);
    let mut program = image.list("Entrypoint");
    program.extend(image.list("Cmd"));
    let program: Vec<&str> = program.iter().map(String::as_str).collect();
    let who = As {
        user: Some((65532, 65532)),
        folder: image.config["config"]["WorkingDir"]
            .as_str()
            .expect("a folder")
            .to_owned(),
        environment: image.list("Env"),
        writable: Some("data".to_owned()),
    };
    let log = beside.join("usher.log");
    let running = machine.serve(&who, &program, &log);
    assert_eq!(running.said, "listening on http://0.0.0.0:8080");
    assert_eq!(running.status("Uid"), "65532 65532 65532 65532");
    assert_eq!(running.status("Groups"), "");
    assert_eq!(running.status("CapEff"), "0000000000000000");
    for path in ["new", "tmp/new", "etc/passwd"] {
        let said = running.refuses_to_write(&image.root.join(path));
        assert!(said.contains("Read-only file system"), "{said}");
    }
    let bearer = running.takes_ann(&[]);
    let stopped = running.stop();
    assert!(
        stopped.success(),
        "{stopped}: {}",
        fs::read_to_string(&log).unwrap_or_default()
    );

    // The next container on the same volume.
    let running = machine.serve(&who, &program, &log);
    let (status, found) = running.curl(&["-H", &bearer, &format!("{USERS}?filter=userName+eq+%22ann%22")]);
    assert_eq!(status, "200", "{found}");
    let found: Value = serde_json::from_str(&found).expect("JSON");
    assert_eq!(found["totalResults"], 1);
    assert!(running.stop().success());
    for (path, metadata) in walk(&image.root) {
        let ours = path == "data" || path.starts_with("data/");
        assert_eq!(metadata.uid() == 65532, ours, "{path}");
    }
}

/// Everything below a folder, by its path in it.
fn walk(root: &Path) -> Vec<(String, fs::Metadata)> {
    let mut found = Vec::new();
    let mut open = vec![root.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let metadata = fs::symlink_metadata(&path).expect("it is there");
            if metadata.is_dir() {
                open.push(path.clone());
            }
            found.push((text(path.strip_prefix(root).expect("below it")), metadata));
        }
    }
    found
}

fn extract(archive: &Path, folder: &Path) {
    fs::create_dir_all(folder).expect("a folder");
    let mut tar = Command::new("tar");
    tar.args([
        "--extract",
        "--same-owner",
        "--same-permissions",
        "--numeric-owner",
        "--file",
    ]);
    output_of(tar.arg(archive).arg("--directory").arg(folder), "");
}

fn hash(file: &Path) -> String {
    let said = output_of(Command::new("sha256sum").arg(file), "");
    said.split(' ').next().unwrap_or_default().to_owned()
}

fn text(path: &Path) -> String {
    path.display().to_string()
}
