//! The group whose members are due.

use std::fmt::Write as _;
use std::fs;
use std::thread;

use serde_json::json;

use crate::support::{Place, Usher};

/// How many make them members at a time.
const HANDS: usize = 8;

/// The group they are all in, and whose token shows it.
pub(super) struct Members {
    token: String,
    path: String,
}

impl Members {
    /// Makes so many people, and all of them members of one group until tomorrow, several at a time.
    pub(super) fn make(place: &Place, usher: &Usher, due: usize) -> Self {
        people(place, due);
        // One mail for each who is out.
        place.run(&["realm", "set", "default", "agm.notices_off=member_create_user_inform"]);
        let token = place.token("night", "agm:admin", &[]);
        let agm = |path: &str| format!("/realms/default/agm{path}");
        let mut http = usher.http().bearer(&token);
        let made = http.post(&agm("/admin/group"), &json!({ "name": "night" })).expect(201);
        let group = made.header("location").rsplit('/').next().expect("an id").to_owned();
        let path = agm(&format!("/account/group-admin/group/{group}/members"));
        thread::scope(|scope| {
            for hand in 0..HANDS {
                let mut http = usher.http().bearer(&token);
                let path = &path;
                scope.spawn(move || {
                    for number in (hand..due).step_by(HANDS) {
                        let body = json!({ "user": { "username": format!("due{number}") }, "groupRoles": ["member"],
                            "membershipExpiresAt": "2030-01-08" });
                        http.post(path, &body).expect(204);
                    }
                });
            }
        });
        Self { token, path }
    }

    /// How many are members now, as that server says.
    pub(super) fn in_force(&self, usher: &Usher) -> usize {
        let mut http = usher.http().bearer(&self.token);
        let listed = http.get(&format!("{}?status=ENABLED&max=0", self.path)).expect(200);
        let count = listed.json()["count"].as_u64().expect("a number");
        usize::try_from(count).expect("it is small")
    }
}

fn people(place: &Place, due: usize) {
    let mut csv = "userName,email\n".to_owned();
    for number in 0..due {
        let _ = writeln!(csv, "due{number},due{number}@example.org");
    }
    let file = place.folder().join("people.csv");
    fs::write(&file, csv).expect("it is written");
    place.run(&["user", "import", file.to_str().expect("a plain path"), "--yes"]);
}
