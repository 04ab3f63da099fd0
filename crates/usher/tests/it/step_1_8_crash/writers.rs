//! Who writes, over HTTP, until the connection breaks.

use std::io;
use std::sync::mpsc::Sender;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

use super::ledger::{Change, Ledger};
use super::{Dice, Victim};
use crate::support::pages::{Form, path_of};
use crate::support::{Http, Response};

/// One of several who write at once, each to people of their own and all to the same groups.
pub(crate) struct Writer<'a> {
    pub(crate) url: &'a str,
    pub(crate) tokens: &'a [String; 2],
    pub(crate) groups: &'a [String],
    pub(crate) ledger: &'a Mutex<Ledger>,
    pub(crate) answered: Sender<()>,
    pub(crate) dice: Dice,
    /// What the names of their people begin with.
    pub(crate) name: String,
    pub(crate) victim: Victim,
}

/// Somebody this writer has made.
struct Own {
    id: String,
    groups: Vec<String>,
}

impl Writer<'_> {
    /// Accepts these links, then writes; ends when the server does.
    pub(crate) fn write(mut self, links: Vec<(String, String)>) {
        // The connection's end is the end of the round.
        let _ = self.go_on(links);
    }

    fn go_on(&mut self, links: Vec<(String, String)>) -> io::Result<()> {
        let mut http = Http::new(self.url).bearer(&self.tokens[0]);
        let mut wire = Http::new(self.url).bearer(&self.tokens[1]);
        for (user, link) in links {
            self.accept(&user, &link)?;
        }
        let mut own: Vec<Own> = Vec::new();
        for number in 0.. {
            let at = usize::try_from(self.dice.below(own.len().max(1) as u64)).unwrap_or_default();
            match (self.dice.below(10), own.get_mut(at)) {
                (0 | 1, _) | (_, None) => own.extend(self.create(&mut http, number)?),
                (2, _) => self.invite(&mut wire, number)?,
                (3, _) => self.create_group(&mut http, number)?,
                (4, Some(user)) => {
                    let text = format!("{} {number}", self.name);
                    let body = patch(&json!({ "op": "replace", "path": "displayName", "value": text }));
                    self.change(
                        &mut http,
                        &user.id,
                        Change::Display(text),
                        "PATCH",
                        &format!("/scim/v2/Users/{}", user.id),
                        &body,
                    )?;
                }
                (5, Some(user)) if user.groups.is_empty() => {
                    let user = own.swap_remove(at);
                    self.change(
                        &mut http,
                        &user.id,
                        Change::Gone,
                        "DELETE",
                        &format!("/scim/v2/Users/{}", user.id),
                        &Value::Null,
                    )?;
                }
                (6, Some(user)) if !user.groups.is_empty() => {
                    let group = user.groups.swap_remove(0);
                    let body = patch(&json!({ "op": "remove", "path": format!("members[value eq \"{}\"]", user.id) }));
                    let change = Change::Member {
                        group: group.clone(),
                        is: false,
                    };
                    self.change(
                        &mut http,
                        &user.id,
                        change,
                        "PATCH",
                        &format!("/scim/v2/Groups/{group}"),
                        &body,
                    )?;
                }
                (_, Some(user)) => {
                    let at = usize::try_from(self.dice.below(self.groups.len() as u64)).unwrap_or_default();
                    let group = self.groups[at].clone();
                    if !user.groups.contains(&group) {
                        user.groups.push(group.clone());
                        let body = patch(&json!({ "op": "add", "path": "members", "value": [{ "value": user.id }] }));
                        let change = Change::Member {
                            group: group.clone(),
                            is: true,
                        };
                        self.change(
                            &mut http,
                            &user.id,
                            change,
                            "PATCH",
                            &format!("/scim/v2/Groups/{group}"),
                            &body,
                        )?;
                    }
                }
            }
        }
        Ok(())
    }

    fn create(&mut self, http: &mut Http, number: usize) -> io::Result<Option<Own>> {
        let name = format!("{}n{number}", self.name);
        let body = json!({
            "userName": name, "displayName": name, "externalId": name,
            "emails": [{ "value": format!("{name}@example.org") }],
        });
        self.ledger().creation_sent(&name);
        let answer = http.try_json("POST", "/scim/v2/Users", &body)?;
        let Some(id) = self.good(&answer, "POST of a user")? else {
            return Ok(None);
        };
        self.ledger().created(&name, &id, None);
        Ok(Some(Own { id, groups: Vec::new() }))
    }

    fn invite(&mut self, http: &mut Http, number: usize) -> io::Result<()> {
        let name = format!("{}i{number}", self.name);
        let address = format!("{name}@example.org");
        let body = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "userName": name, "displayName": name, "externalId": address,
            "emails": [{ "value": address }],
        });
        self.ledger().creation_sent(&name);
        let answer = http.try_json("POST", "/scim/v2/Users", &body)?;
        if let Some(id) = self.good(&answer, "POST of someone to invite")? {
            self.ledger().created(&name, &id, Some(address));
        }
        Ok(())
    }

    fn create_group(&mut self, http: &mut Http, number: usize) -> io::Result<()> {
        let name = format!("{}g{number}", self.name);
        let answer = http.try_json("POST", "/scim/v2/Groups", &json!({ "displayName": name }))?;
        if let Some(id) = self.good(&answer, "POST of a group")? {
            self.ledger().group_created(&id, &name);
        }
        Ok(())
    }

    fn change(
        &mut self,
        http: &mut Http,
        user: &str,
        change: Change,
        method: &str,
        path: &str,
        body: &Value,
    ) -> io::Result<()> {
        self.ledger().sent(user, &change);
        let answer = if body.is_null() {
            http.try_send(method, path, "", "")?
        } else {
            http.try_json(method, path, body)?
        };
        if self
            .good(&answer, &format!("{method} {path} for {change:?}"))?
            .is_some()
        {
            self.ledger().answered(user, &change);
        }
        Ok(())
    }

    /// Presses the button of the page behind a link.
    fn accept(&mut self, user: &str, link: &str) -> io::Result<()> {
        let mut http = Http::new(self.url);
        let path = path_of(link);
        let page = http.try_send("GET", &path, "", "")?;
        if page.status >= 400 {
            return self.good(&page, "page").map(drop);
        }
        let (action, body) = Form::pressed(&page.text, &path, &["accept"]);
        self.ledger().sent(user, &Change::Accepted);
        let answer = http.try_send("POST", &action, "application/x-www-form-urlencoded", &body)?;
        if self.good(&answer, "acceptance")?.is_some() {
            self.ledger().answered(user, &Change::Accepted);
        }
        Ok(())
    }

    /// The id in a good answer (empty when it has none); notes any other. Without its database a server says that it cannot
    /// answer now, which leaves open what became of the request, and ends the round as its own end would.
    fn good(&mut self, answer: &Response, what: &str) -> io::Result<Option<String>> {
        // Nobody listens any more once the round is over.
        let _ = self.answered.send(());
        if answer.status < 400 {
            let body: Value = serde_json::from_str(&answer.text).unwrap_or_default();
            return Ok(Some(body["id"].as_str().unwrap_or_default().to_owned()));
        }
        if (answer.status, self.victim) == (503, Victim::Postgres) {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        let fault = format!("{what}: {} {}", answer.status, answer.text);
        self.ledger().faults.push(fault);
        Ok(None)
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn patch(operation: &Value) -> Value {
    json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation] })
}
