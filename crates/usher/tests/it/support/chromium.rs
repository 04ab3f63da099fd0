//! A real browser: Chromium, with or without JavaScript, by pointer or by keyboard alone.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, HashSet};
use std::path::Path;
use std::process::Command;
use std::rc::Rc;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

use super::provider::node_folder;
use super::{Child, variable};

/// How long one act may take on a machine that does other things too.
const PATIENCE: Duration = Duration::from_mins(2);

/// How somebody uses a browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    /// Pages may run scripts.
    Scripts,
    /// They may not.
    Plain,
    /// There is no pointer, only a keyboard.
    Keyboard,
}

/// A running Chromium. There is one at a time: it takes what a machine has.
#[derive(Clone, Debug)]
pub(crate) struct Chromium {
    child: Rc<RefCell<Child>>,
    _alone: Rc<MutexGuard<'static, ()>>,
}

/// A browser of one person: it shares no cookies with others.
#[derive(Debug)]
pub(crate) struct Person {
    chromium: Chromium,
    tab: u64,
    /// So often something was pressed that leads on or is sent.
    pub(crate) steps: Cell<usize>,
    /// Every page that is come to is looked at: what is wrong with them, each once.
    looks: Option<RefCell<BTreeSet<String>>>,
}

/// Whether nobody has looked at such a page yet: of the same kind, asked for the same, with the same title.
fn is_new(at: &str, title: &str) -> bool {
    static SEEN: LazyLock<Mutex<HashSet<String>>> = LazyLock::new(Mutex::default);
    let (path, query) = at.split_once('?').unwrap_or((at, ""));
    // An id, a secret and the address of the server say nothing of the kind.
    let parts = path
        .split('/')
        .skip(3)
        .map(|part| if part.len() > 30 { "*" } else { part });
    let names = query.split('&').map(|pair| match pair.split_once('=') {
        Some(("tab" | "done", _)) | None => pair,
        Some((name, _)) => name,
    });
    let kind = [
        parts.collect::<Vec<_>>().join("/"),
        names.collect::<Vec<_>>().join("&"),
        title.to_owned(),
    ]
    .join(" ");
    SEEN.lock().unwrap_or_else(PoisonError::into_inner).insert(kind)
}

impl Chromium {
    pub(crate) fn start() -> Self {
        static ALONE: Mutex<()> = Mutex::new(());
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let program = variable("USHER_TEST_CHROMIUM").unwrap_or_else(|| "/usr/bin/chromium".to_owned());
        assert!(
            Path::new(&program).exists(),
            "Chromium is missing; `cargo xtask test` installs it, or name it in USHER_TEST_CHROMIUM"
        );
        let mut command = Command::new("node");
        command
            .arg("drive.mjs")
            .current_dir(node_folder())
            .env("USHER_TEST_CHROMIUM", program);
        let child = Child::start(&mut command);
        child.hear(PATIENCE, |lines| lines.last().is_some_and(|line| line == "ready"));
        Self {
            child: Rc::new(RefCell::new(child)),
            _alone: Rc::new(alone),
        }
    }

    fn ask(&self, asked: &Value) -> Result<Value, String> {
        let mut child = self.child.borrow_mut();
        child.say(&asked.to_string());
        let line = child.hear_line(PATIENCE).expect("the browser answers");
        let mut answer: Value = serde_json::from_str(&line).expect("an answer");
        match answer["error"].as_str() {
            Some(error) => Err(error.to_owned()),
            None => Ok(answer["value"].take()),
        }
    }

    /// A browser of a person who reads that language.
    pub(crate) fn person(&self, how: Use, language: &str) -> Person {
        let open = json!({
            "do": "open", "script": how != Use::Plain, "keyboard": how == Use::Keyboard,
            "width": 1100, "height": 900, "scheme": "light", "language": language,
        });
        let tab = self.ask(&open).expect("a browser").as_u64().expect("a number");
        Person {
            chromium: self.clone(),
            tab,
            steps: Cell::new(0),
            looks: (how == Use::Scripts).then(RefCell::default),
        }
    }
}

impl Person {
    fn does(&self, what: &str, more: &Value) -> Value {
        let mut asked = more.clone();
        asked["do"] = what.into();
        asked["tab"] = self.tab.into();
        let done = self.chromium.ask(&asked);
        done.unwrap_or_else(|error| panic!("{what} {more}: {error}\nat {}\n{}", self.at(), self.text()))
    }

    fn quietly(&self, what: &str) -> String {
        let asked = json!({ "do": what, "tab": self.tab });
        let said = self.chromium.ask(&asked).unwrap_or_default();
        said.as_str().unwrap_or_default().to_owned()
    }

    /// Where it is.
    pub(crate) fn at(&self) -> String {
        self.quietly("at")
    }

    /// What the page says.
    pub(crate) fn text(&self) -> String {
        self.quietly("text")
    }

    /// Opens an address; the status of its answer.
    pub(crate) fn opens(&self, url: &str) -> u64 {
        let status = self.does("go", &json!({ "url": url }));
        self.look();
        status.as_u64().unwrap_or_default()
    }

    /// Presses a button or a link of that name.
    pub(crate) fn presses(&self, name: &str) {
        self.does("press", &json!({ "name": name }));
        self.steps.set(self.steps.get() + 1);
        self.look();
    }

    /// Opens what is folded.
    pub(crate) fn unfolds(&self, name: &str) {
        self.does("press", &json!({ "name": name }));
    }

    /// Writes into a field.
    pub(crate) fn types(&self, label: &str, text: &str) {
        self.does("type", &json!({ "label": label, "text": text }));
    }

    /// Ticks a box, or one of several.
    pub(crate) fn ticks(&self, label: &str) {
        self.does("tick", &json!({ "label": label }));
    }

    /// The page says all of this.
    pub(crate) fn sees(&self, parts: &[&str]) {
        let text = self.text();
        for part in parts {
            assert!(text.contains(part), "{part:?} is not on {}\n{text}", self.at());
        }
    }

    /// A picture of the whole page.
    pub(crate) fn shot(&self, path: &Path, (width, height): (u32, u32), scheme: &str) {
        let shot = json!({ "path": path.to_string_lossy(), "width": width, "height": height, "scheme": scheme });
        self.does("shot", &shot);
    }

    /// Signs in at the provider whose page it is at.
    pub(crate) fn signs_in(&self, name: &str) {
        self.does("sign", &json!({ "name": name }));
        self.look();
    }

    /// Notes what is wrong with the page it is at: for whom it cannot be used, and what is lost where letters are large or the
    /// window is small.
    fn look(&self) {
        let Some(found) = &self.looks else { return };
        let at = self.at();
        if (!at.contains("/realms/") && !at.ends_with('/')) || !is_new(&at, &self.quietly("title")) {
            return;
        }
        let note = |what: &str, wrong: &Value| {
            let list = wrong.as_array().cloned().unwrap_or_default();
            let path = at.split('?').next().unwrap_or_default();
            found.borrow_mut().extend(
                list.iter()
                    .map(|one| format!("{path} {what}: {}", one.as_str().unwrap_or_default())),
            );
        };
        for scheme in ["light", "dark"] {
            note(scheme, &self.does("check", &json!({ "scheme": scheme })));
        }
        for (width, scale) in [(320, 100), (640, 200)] {
            note(
                &format!("{width}px at {scale} %"),
                &self.does("fits", &json!({ "width": width, "scale": scale })),
            );
        }
    }

    /// What was wrong with the pages it came to.
    pub(crate) fn complaints(&self) -> Vec<String> {
        let found = self.looks.as_ref();
        found
            .map(|found| found.borrow().iter().cloned().collect())
            .unwrap_or_default()
    }

    /// Nothing was wrong with all the pages it came to.
    pub(crate) fn is_content(&self) {
        let wrong = self.complaints();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
