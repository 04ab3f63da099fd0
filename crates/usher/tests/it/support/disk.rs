//! A small disk below one folder, in a name space of its own: it is gone with the test, however that ends.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::child::{Child, output_of};

/// What the disk is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DiskKind {
    /// In memory, with so many MiB.
    Small(u32),
    /// A file system that becomes read-only by itself after an error, as those of servers do.
    Fragile,
}

/// The disk, for as long as this is kept.
#[derive(Debug)]
pub(crate) struct Disk {
    keeper: Child,
    /// Whether it was made by somebody who is root only in there.
    as_user: bool,
    folder: PathBuf,
    device: String,
}

impl Disk {
    /// Makes it at `folder`; none where the machine does not let us.
    pub(super) fn make(kind: DiskKind, beside: &Path, folder: &Path) -> Option<Self> {
        fs::create_dir_all(folder).expect("a folder");
        let mount = match kind {
            DiskKind::Small(size) => format!("mount -t tmpfs -o size={size}m none \"$1\""),
            DiskKind::Fragile => {
                "truncate -s 32M \"$2\" && mkfs.ext4 -q -F \"$2\" && mount -o loop,errors=remount-ro \"$2\" \"$1\""
                    .to_owned()
            }
        };
        let image = beside.join("disk.img");
        // Its input ends with us, and with it the name space.
        let script = format!("{mount} >&2 && df --output=source \"$1\" | tail -n 1 && exec cat");
        for (space, as_user) in [("-m", false), ("-rm", true)] {
            let mut command = Command::new("unshare");
            command.args([space, "sh", "-c", &script, "sh"]).arg(folder).arg(&image);
            let child = Child::start(command.stderr(Stdio::null()));
            if let Some(device) = child.hear_line(Duration::from_mins(1)) {
                return Some(Self {
                    keeper: child,
                    as_user,
                    folder: folder.to_owned(),
                    device,
                });
            }
        }
        None
    }

    /// A program that sees the disk.
    pub(crate) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new("nsenter");
        command.args(["-t", &self.keeper.pid().to_string(), "-m"]);
        if self.as_user {
            command.args(["-U", "--preserve-credentials"]);
        }
        command.arg(program);
        command
    }

    /// The folder as we see it from outside.
    fn seen(&self) -> PathBuf {
        let folder = self.folder.strip_prefix("/").expect("a whole path");
        Path::new("/proc")
            .join(self.keeper.pid().to_string())
            .join("root")
            .join(folder)
    }

    /// Takes all room that is left.
    pub(crate) fn fill(&self) {
        let mut file = File::options()
            .create(true)
            .append(true)
            .open(self.seen().join("filler"))
            .expect("a file");
        for size in [1 << 20, 4096, 1] {
            let block = vec![0; size];
            while file.write_all(&block).is_ok() {}
        }
    }

    /// Leaves a server that has ended no room even for what it would only begin anew: the index of the log, which is made of the
    /// log at every start.
    pub(crate) fn fill_for_a_start(&self) {
        let index = self.seen().join("usher.db-shm");
        fs::remove_file(index).expect("the index of the log is there");
        self.fill();
    }

    /// Gives it back.
    pub(crate) fn make_room(&self) {
        fs::remove_file(self.seen().join("filler")).expect("removed");
    }

    /// An error that the file system meets and answers by becoming read-only.
    pub(crate) fn break_down(&self) {
        let name = self.device.trim_start_matches("/dev/");
        let trigger = format!("/sys/fs/ext4/{name}/trigger_fs_error");
        fs::write(trigger, "a test").expect("the file system takes it");
        let mounts = fs::read_to_string(format!("/proc/{}/mounts", self.keeper.pid())).expect("read");
        let line = mounts.lines().find(|line| line.starts_with(&self.device));
        assert!(
            line.is_some_and(|line| line.contains("ro,") || line.contains("emergency_ro")),
            "it is read-only now: {line:?}"
        );
    }

    /// What an operator does then: checks it, and mounts it again.
    pub(crate) fn repair(&self) {
        let script = "umount \"$1\" && { e2fsck -fy \"$2\" >&2 || test $? -le 2; } && mount -o loop,errors=remount-ro \"$2\" \"$1\"";
        let image = self.folder.with_file_name("disk.img");
        let mut command = self.command(Path::new("sh"));
        command.args(["-c", script, "sh"]).arg(&self.folder).arg(image);
        output_of(&mut command, "");
    }
}
