//! `cargo xtask deb`: the Debian package, of what lies in `packaging/debian` and what the binary says of itself.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::staging::{Staging, output_folder};
use super::subject::Subject;
use super::{licences, manual};
use crate::{components, shell, usage};

/// The revision of the package, as long as one version of Usher is packaged once.
const REVISION: u32 = 1;

/// What of the guides belongs beside an installed Usher.
const GUIDES: [&str; 4] = [
    "install.md",
    "backup.md",
    "provision-by-scim.md",
    "see-what-a-client-sees.md",
];

/// How completions are called where the shells look for them.
const COMPLETIONS: [(&str, &str); 3] = [
    ("bash", "usr/share/bash-completion/completions/usher"),
    ("zsh", "usr/share/zsh/vendor-completions/_usher"),
    ("fish", "usr/share/fish/vendor_completions.d/usher.fish"),
];

struct Wanted<'a> {
    usher: Option<&'a Path>,
    out: PathBuf,
    /// Unpacked, for tests.
    quick: bool,
}

/// `deb [--usher FILE] [--out DIR] [--quick]`
pub(crate) fn main(args: &[&str]) -> Result<()> {
    let wanted = Wanted::read(args)?;
    components::require("dpkg-deb", "dpkg")?;
    components::require("dpkg-shlibdeps", "dpkg-dev")?;
    let subject = Subject::find(wanted.usher)?;
    let package = Package {
        staging: Staging::new()?,
        version: format!("{}-{REVISION}", subject.version),
        subject,
    };
    package.lay_out()?;
    package.control()?;
    fs::create_dir_all(&wanted.out).with_context(|| format!("making {}", wanted.out.display()))?;
    let name = format!("usher_{}_{}.deb", package.version, package.subject.architecture);
    let file = wanted.out.join(name);
    let mut build = Command::new("dpkg-deb");
    build
        .args(["--root-owner-group", if wanted.quick { "-Znone" } else { "-Zxz" }])
        .arg("--build")
        .arg(package.staging.path())
        .arg(&file)
        .env("SOURCE_DATE_EPOCH", package.subject.time.to_string());
    shell::output(&mut build)?;
    let size = fs::metadata(&file)
        .with_context(|| format!("looking at {}", file.display()))?
        .len();
    println!("{} ({:.1} MB)", file.display(), size as f64 / 1e6);
    Ok(())
}

impl<'a> Wanted<'a> {
    fn read(args: &[&'a str]) -> Result<Self> {
        let mut wanted = Self {
            usher: None,
            out: output_folder(),
            quick: false,
        };
        let mut words = args.iter();
        while let Some(word) = words.next() {
            match (*word, words.as_slice().first()) {
                ("--quick", _) => wanted.quick = true,
                ("--usher", Some(file)) => {
                    wanted.usher = Some(Path::new(*file));
                    words.next();
                }
                ("--out", Some(folder)) => {
                    wanted.out = PathBuf::from(folder);
                    words.next();
                }
                _ => return Err(usage("deb takes --usher FILE, --out DIR, --quick")),
            }
        }
        Ok(wanted)
    }
}

struct Package {
    subject: Subject,
    staging: Staging,
    /// With the revision: `0.1.0-1`.
    version: String,
}

impl Package {
    /// Everything that is installed.
    fn lay_out(&self) -> Result<()> {
        let to = &self.staging;
        self.subject.install(to, "usr/bin/usher")?;
        let packaging = shell::root().join("packaging");
        to.copy(
            &packaging.join("usher.service"),
            "usr/lib/systemd/system/usher.service",
            0o644,
        )?;
        to.copy(
            &packaging.join("debian/sysusers"),
            "usr/lib/sysusers.d/usher.conf",
            0o644,
        )?;
        let reference = self.subject.says(&["config", "reference"])?;
        to.write("etc/usher/usher.toml", settings(&reference)?, 0o644)?;
        for (shell, path) in COMPLETIONS {
            to.write(path, self.subject.says(&["completions", shell])?, 0o644)?;
        }
        to.write_packed("usr/share/man/man1/usher.1.gz", manual::page(&self.subject)?)?;
        let doc = |name: &str| format!("usr/share/doc/usher/{name}");
        to.copy(&packaging.join("debian/copyright"), &doc("copyright"), 0o644)?;
        to.copy(&packaging.join("debian/README.Debian"), &doc("README.Debian"), 0o644)?;
        to.write_packed(&doc("licences-of-crates.gz"), licences::of_crates()?)?;
        to.write_packed(&doc("changelog.Debian.gz"), self.changelog()?)?;
        let changes = fs::read_to_string(shell::root().join("CHANGELOG.md")).context("reading CHANGELOG.md")?;
        to.write_packed(&doc("changelog.gz"), changes)?;
        for guide in GUIDES {
            to.copy(&shell::root().join("docs").join(guide), &doc(guide), 0o644)?;
        }
        to.copy(
            &packaging.join("debian/lintian-overrides"),
            "usr/share/lintian/overrides/usher",
            0o644,
        )?;
        Ok(())
    }

    /// What dpkg reads: who it is, what it needs, its sums and its scripts.
    fn control(&self) -> Result<()> {
        let folder = shell::root().join("packaging/debian");
        let read = |name: &str| {
            let file = folder.join(name);
            fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))
        };
        let control = read("control")?
            .replace("@VERSION@", &self.version)
            .replace("@ARCHITECTURE@", self.subject.architecture)
            .replace("@MAINTAINER@", &maintainer())
            .replace("@SIZE@", &self.installed_size()?)
            .replace("@LIBRARIES@", &self.libraries()?);
        if let Some((_, rest)) = control
            .split_once('@')
            .filter(|(_, rest)| rest.starts_with(char::is_uppercase))
        {
            bail!("packaging/debian/control: nothing is known of @{rest}");
        }
        let sums = self.sums()?;
        let to = &self.staging;
        to.write("DEBIAN/control", control, 0o644)?;
        to.write("DEBIAN/conffiles", "/etc/usher/usher.toml\n", 0o644)?;
        to.write("DEBIAN/md5sums", sums, 0o644)?;
        for script in ["postinst", "prerm", "postrm"] {
            to.write(&format!("DEBIAN/{script}"), read(script)?, 0o755)?;
        }
        Ok(())
    }

    /// The packages of the libraries that the binary was linked with, each with the version it needs at least.
    fn libraries(&self) -> Result<String> {
        let source = tempfile::tempdir().context("a temporary folder")?;
        fs::create_dir(source.path().join("debian"))?;
        fs::write(
            source.path().join("debian/control"),
            "Source: usher\n\nPackage: usher\nArchitecture: any\n",
        )?;
        let mut command = Command::new("dpkg-shlibdeps");
        command
            .args(["-O", "-e"])
            .arg(self.staging.path().join("usr/bin/usher"));
        let output = command.current_dir(source.path()).output();
        let output = output.context("starting dpkg-shlibdeps")?;
        let said = String::from_utf8_lossy(&output.stdout);
        let found = said.trim().strip_prefix("shlibs:Depends=");
        match found.filter(|list| output.status.success() && !list.is_empty()) {
            Some(list) => Ok(list.to_owned()),
            // It also warns of a program that lies in no source package, which ours does not.
            None => bail!(
                "dpkg-shlibdeps finds no library: {}",
                String::from_utf8_lossy(&output.stderr)
            ),
        }
    }

    /// In KiB, as Debian counts: each file by itself, a folder as one.
    fn installed_size(&self) -> Result<String> {
        let mut size = 0;
        for file in self.files()? {
            let length = fs::metadata(self.staging.path().join(&file))?.len();
            size += length.div_ceil(1024);
        }
        Ok(size.to_string())
    }

    fn sums(&self) -> Result<String> {
        let mut command = Command::new("md5sum");
        // Those of /etc dpkg keeps itself.
        let files = self.files()?;
        command.args(files.iter().filter(|file| !file.starts_with("etc/")));
        shell::output(command.current_dir(self.staging.path()))
    }

    /// All files, in order.
    fn files(&self) -> Result<Vec<String>> {
        let mut find = Command::new("find");
        find.args(["-type", "f", "-printf", "%P\\n"])
            .current_dir(self.staging.path());
        let mut files: Vec<String> = shell::output(&mut find)?.lines().map(str::to_owned).collect();
        files.sort();
        Ok(files)
    }

    fn changelog(&self) -> Result<String> {
        let date = self.subject.date("-R")?;
        Ok(format!(
            "usher ({}) unstable; urgency=medium\n\n  * Usher {}; what changed stands in changelog.gz.\n\n -- {}  {date}\n",
            self.version,
            self.subject.version,
            maintainer()
        ))
    }
}

/// Who answers for the package, as Debian's tools are told.
fn maintainer() -> String {
    let named = |name: &str, otherwise: &str| std::env::var(name).unwrap_or_else(|_| otherwise.to_owned());
    let name = named("DEBFULLNAME", "Usher maintainers");
    let address = named("DEBEMAIL", "maintainers@usher.example");
    format!("{name} <{address}>")
}

/// The settings file of the service: the reference, every setting with its default, and where this package keeps its data.
fn settings(reference: &str) -> Result<String> {
    const DATA: &str = "\n# data = \"./usher-data\"\n";
    let is_setting = |line: &str| line.starts_with("# ") && line.contains(" = ");
    // What comes before the first setting is about the reference itself.
    let about: usize = reference
        .split_inclusive("\n\n")
        .take_while(|part| !part.lines().any(is_setting))
        .map(str::len)
        .sum();
    let settings = &reference[about..];
    if !settings.contains(DATA) {
        bail!("the reference of the settings has no default for data");
    }
    let settings = settings.replacen(DATA, "\ndata = \"/var/lib/usher\"\n", 1);
    Ok(format!(
        "# The settings of this machine's Usher, each with what it does and its default. Remove the # before one to change it, then:\n\
         #\n\
         #   sudo -u usher usher config check --config /etc/usher/usher.toml && sudo systemctl restart usher\n\
         #\n\
         # /etc/usher/environment and the unit's command line win over this file. What belongs to one realm is not set here:\n\
         # `usher realm set`.\n\n{settings}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_settings_begin_with_the_first_one_and_say_where_data_lie() {
        let reference =
            "# About this file.\n\n# Where.\n# listen = \"x\"\n\n# The folder.\n# data = \"./usher-data\"\n\n[mail]\n";
        let settings = settings(reference).expect("it has data");
        assert!(!settings.contains("About this file"), "{settings}");
        assert!(
            settings.contains("\n# Where.\n# listen = \"x\"\n\n# The folder.\ndata = \"/var/lib/usher\"\n\n[mail]\n")
        );
        assert!(super::settings("# listen = \"x\"\n").is_err());
    }
}
