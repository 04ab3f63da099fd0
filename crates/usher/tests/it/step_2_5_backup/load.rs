//! Writers that go on while a backup is taken, and what they were answered.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::JoinHandle;

use serde_json::json;

use crate::support::{Http, Usher};

const WRITERS: usize = 4;

/// Writers at work.
pub(super) struct Load {
    answers: Receiver<Promised>,
    stop: Arc<AtomicBool>,
    writers: Vec<JoinHandle<()>>,
}

/// What was answered with success.
#[derive(Debug)]
pub(super) enum Promised {
    /// A person is there, is called that, and is in that group.
    There {
        id: String,
        display_name: String,
        group: String,
    },
    /// A person was there.
    Gone { id: String },
}

impl Load {
    pub(super) fn start(usher: &Usher, token: &str) -> Self {
        let group = json!({ "displayName": "all" });
        let made = usher
            .http()
            .bearer(token)
            .post("/scim/v2/Groups", &group)
            .expect(201)
            .json();
        let group = made["id"].as_str().expect("an id");
        let (sender, answers) = mpsc::channel();
        let stop = Arc::new(AtomicBool::new(false));
        let writer = |number: usize| {
            let http = usher.http().bearer(token);
            let (group, sender, stop) = (group.to_owned(), sender.clone(), Arc::clone(&stop));
            std::thread::spawn(move || write(http, number, &group, &sender, &stop))
        };
        let writers = (0..WRITERS).map(writer).collect();
        Self { answers, stop, writers }
    }

    /// Waits for so many answers; all that came until now.
    pub(super) fn answers(&self, wanted: usize) -> Vec<Promised> {
        let mut all: Vec<_> = (0..wanted).map(|_| self.answers.recv().expect("they write")).collect();
        all.extend(self.answers.try_iter());
        all
    }

    /// How many answers came since.
    pub(super) fn answered_meanwhile(&self) -> usize {
        self.answers.try_iter().count()
    }

    pub(super) fn stop(self) {
        self.stop.store(true, Relaxed);
        for writer in self.writers {
            writer.join().expect("a writer ends");
        }
    }
}

/// People come, are renamed and join the group; every fifth leaves again.
fn write(mut http: Http, writer: usize, group: &str, answered: &Sender<Promised>, stop: &AtomicBool) {
    for number in 0.. {
        if stop.load(Relaxed) {
            return;
        }
        let name = format!("u{writer}-{number}");
        let user = json!({ "userName": name, "emails": [{ "value": format!("{name}@example.org") }], "active": true });
        let made = http.post("/scim/v2/Users", &user).expect(201).json();
        let id = made["id"].as_str().expect("an id").to_owned();
        let user = format!("/scim/v2/Users/{id}");
        let display_name = format!("Person {number} of {writer}");
        patch(
            &mut http,
            &user,
            &json!({ "op": "replace", "path": "displayName", "value": display_name }),
        );
        let promised = if number % 5 == 4 {
            let left = http.try_json("DELETE", &user, &json!({})).expect("an answer");
            left.expect(204);
            Promised::Gone { id }
        } else {
            let member = json!({ "op": "add", "path": "members", "value": [{ "value": id }] });
            patch(&mut http, &format!("/scim/v2/Groups/{group}"), &member);
            Promised::There {
                id,
                display_name,
                group: group.to_owned(),
            }
        };
        if answered.send(promised).is_err() {
            return;
        }
    }
}

fn patch(http: &mut Http, path: &str, operation: &serde_json::Value) {
    let body = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation] });
    let done = http.try_json("PATCH", path, &body).expect("an answer");
    assert!(done.status < 300, "{}", done.text);
}

impl Promised {
    /// Asks a server whether it is so.
    pub(super) fn check(&self, http: &mut Http) {
        match self {
            Self::There {
                id,
                display_name,
                group,
            } => {
                let user = http.get(&format!("/scim/v2/Users/{id}")).expect(200).json();
                assert_eq!(user["displayName"], *display_name, "{user}");
                assert_eq!(user["groups"][0]["value"], *group, "{user}");
            }
            Self::Gone { id } => {
                http.get(&format!("/scim/v2/Users/{id}")).expect(404);
            }
        }
    }
}
