//! The realm that requests are sent to: who and what the numbers stand for, and the way there.

use std::collections::BTreeMap;

use directory::Id;
use directory::delegation::Capabilities;
use directory::group::Group;
use directory::user::User;
use directory::zone::Zone;
use serde_json::{Value, json};
use testkit::{Answer, Dice, Program, TestApp, TestClient, TestProvider};

use super::model::{Admin, Checked, DAY, Model, Place, Roles, Subject, Way};
use super::who::{By, MANAGER, MOVER, REALM_ADMIN, Who};

pub(super) const MINE: &str = "/realms/default/agm/account/user";
pub(super) const THEIRS: &str = "/realms/default/agm/account/group-admin";
pub(super) const API: &str = "/api/v1";
pub(super) const SCIM: &str = "/scim/v2";

pub(super) const PEOPLE: usize = 14;
pub(super) const ROLES: [&str; 4] = ["member", "curator", "lead", "guide"];
/// All of them.
pub(super) const ALL: Roles = 15;
/// The groups by their paths, each with the roles it has, as they are at first.
pub(super) const GROUPS: [(&str, Roles); 6] = [
    ("/a", 7),
    ("/a/b", 3),
    ("/a/b/c", 7),
    ("/a/p", 7),
    ("/x", 5),
    ("/x/y", 7),
];
/// The privileged one.
const PRIVILEGED: usize = 3;
/// What administrators are let do.
pub(super) const LET: [&str; 9] = [
    "owner",
    "owner",
    "manager",
    "reviewer",
    "members.read members.write",
    "members.read members.suspend",
    "roles.assign invite.member requests.review",
    "admins.write members.write members.suspend",
    "config.write invite.admin admins.write",
];
/// Days that somebody leaves after whom a program deletes.
pub(super) const LEAVES_AFTER: i64 = 10;

/// How often a kind of request was let happen, and how often not.
pub(super) type Tally = BTreeMap<&'static str, (u64, u64)>;

pub(super) struct Run {
    pub(super) app: TestApp,
    pub(super) dice: Dice,
    pub(super) model: Model,
    pub(super) people: Vec<Id<User>>,
    pub(super) groups: Vec<Id<Group>>,
    pub(super) ways: Vec<String>,
    /// Lists that wait to be approved and applied.
    pub(super) plans: Vec<Plan>,
    pub(super) tally: Tally,
    /// By what memberships came about.
    pub(super) granted: BTreeMap<&'static str, u64>,
    /// What was sent, and what came back.
    pub(super) log: Vec<String>,
    provider: TestProvider,
    tokens: BTreeMap<Who, TestClient>,
}

/// A list that was imported.
pub(super) struct Plan {
    pub(super) id: String,
    pub(super) rows: Vec<(usize, usize, Roles, Option<i64>)>,
}

impl Run {
    pub(super) async fn new(app: TestApp, seed: u64) -> Self {
        let provider = app.provider("default").await;
        let mut tokens = BTreeMap::new();
        for (who, scopes) in [
            (Who::Admin, &["admin"][..]),
            (Who::Steward, &["agm:admin"]),
            (Who::Portal, &["agm:manage"]),
        ] {
            tokens.insert(who, app.client(&format!("{who:?}"), scopes).await.unwatched());
        }
        let leaves = json!({ "suspend_before_delete_days": LEAVES_AFTER });
        let scim = |program: Program| program.never_invites().settings(&leaves);
        let scim = app.client_with("scim", &["scim:read", "scim:write"], scim).await;
        tokens.insert(Who::Scim, scim.unwatched());
        let mut run = Self {
            model: Model::default(),
            dice: Dice::new(seed),
            people: Vec::new(),
            groups: Vec::new(),
            ways: Vec::new(),
            plans: Vec::new(),
            tally: Tally::new(),
            granted: BTreeMap::new(),
            log: Vec::new(),
            app,
            provider,
            tokens,
        };
        run.model.now = run.app.now().millis();
        run.people().await;
        run.tree().await;
        run.administrators().await;
        run.ways().await;
        run.app.run_jobs().await;
        run.app.deliver_mail().await;
        run
    }

    fn admin(&self) -> &TestClient {
        &self.tokens[&Who::Admin]
    }

    async fn people(&mut self) {
        for number in 0..PEOPLE {
            let user = self.app.user(&format!("p{number}")).await;
            self.people.push(user);
            let role = match number {
                MANAGER => "manage-groups",
                REALM_ADMIN => "realm-admin",
                MOVER => "manage-groups-extended",
                _ => "",
            };
            if !role.is_empty() {
                let path = format!("{API}/users/{user}/roles/{role}");
                self.admin().put(&path, json!({})).await.expect(204);
            }
            self.sign_in(number).await;
        }
    }

    /// New tokens of ours for somebody: the old ones end when they are kept out.
    pub(super) async fn sign_in(&mut self, person: usize) {
        let all: &[&str] = if person == REALM_ADMIN {
            &["admin"]
        } else {
            &["agm:self", "agm:manage"]
        };
        for (by, scopes) in [(By::Token, all), (By::OwnToken, &["agm:self"])] {
            let name = format!("{by:?} of p{person} at {} {}", self.model.now, self.log.len());
            let user = self.people[person];
            let client = self
                .app
                .client_with(&name, scopes, |program| program.acts_as(user))
                .await;
            self.tokens.insert(Who::Person(person, by), client.unwatched());
        }
    }

    async fn tree(&mut self) {
        for (path, roles) in GROUPS {
            let (above, name) = path.rsplit_once('/').expect("a path");
            let parent = GROUPS.iter().position(|(path, _)| *path == above);
            let mut new = json!({ "name": name, "owner": null });
            if let Some(parent) = parent {
                new["parent"] = json!(self.groups[parent].to_string());
            }
            let made = self.admin().post(&format!("{API}/tree"), new).await.expect(201).id();
            for role in names(roles & !1) {
                let path = format!("{API}/groups/{made}/roles");
                self.admin().post(&path, json!({ "name": role })).await.expect(201);
            }
            let number = self.groups.len();
            let (privileged, self_approval) = (number == PRIVILEGED, number == 4);
            let mut settings = json!({ "self_approval": self_approval });
            if privileged {
                settings["privileged"] = json!({});
            }
            self.admin()
                .put(&format!("{API}/groups/{made}/settings"), settings)
                .await
                .expect(200);
            self.groups.push(Id::parse(&made).unwrap());
            self.model.places.push(Place {
                parent,
                name: name.to_owned(),
                roles,
                privileged,
                self_approval,
                ..Place::default()
            });
        }
    }

    async fn administrators(&mut self) {
        for group in 0..GROUPS.len() {
            let mut taken = Vec::new();
            for owner in [true, false, false] {
                let person = 3 + self.dice.roll(PEOPLE - 3);
                if taken.contains(&person) {
                    continue;
                }
                taken.push(person);
                let what = if owner { "owner" } else { LET[self.dice.roll(LET.len())] };
                let until = (!owner && self.dice.one_in(2)).then(|| self.model.now + (5 + self.dice.days(30)) * DAY);
                let admin = Admin {
                    capabilities: Capabilities::parse(what).unwrap(),
                    inherit: owner || self.dice.one_in(2),
                    until,
                    entitled: true,
                };
                let subject = Subject::Person(person);
                let body = self.delegation(subject, what, &admin);
                let path = format!("{API}/groups/{}/admins", self.groups[group]);
                self.admin().post(&path, body).await.expect(201);
                self.model.admins.insert((group, subject), admin);
            }
        }
    }

    /// A delegation as it is sent.
    pub(super) fn delegation(&self, subject: Subject, what: &str, admin: &Admin) -> Value {
        let mut body = json!({ "inherit": admin.inherit });
        match subject {
            Subject::Person(person) => body["user"] = json!(self.people[person].to_string()),
            Subject::Group(group) => body["members_of"] = json!(self.groups[group].to_string()),
        }
        if what.contains('.') {
            body["capabilities"] = what.split(' ').collect();
        } else {
            body["preset"] = json!(what);
        }
        if let Some(until) = admin.until {
            body["until"] = json!(directory::Timestamp::from_millis(until).to_string());
        }
        body
    }

    /// Two of each group, of which the first is the one that is offered first.
    async fn ways(&mut self) {
        for group in 0..GROUPS.len() {
            for first in [true, false] {
                self.way(group, first).await;
            }
        }
    }

    /// A way to join a group becomes one of whatever kind: the one that is offered first, or another one.
    pub(super) async fn way(&mut self, group: usize, first: bool) {
        let path = format!("{THEIRS}/group/{}/configuration", self.groups[group]);
        let mut way = self.any_way(group);
        way.active = first || way.active;
        let mut body = self.way_body(&way);
        let ids = self.admin().get(&format!("{path}/all")).await.expect(200);
        let made = ids.at("/0/id");
        if first && made.is_string() {
            body["id"] = made.clone();
        }
        let answer = self.admin().post(&path, body).await.expect(204);
        let id = if first && made.is_string() {
            made
        } else {
            json!(last_of_place(&answer))
        };
        self.ways.push(id.as_str().unwrap().to_owned());
        self.model.ways.push(way);
    }

    /// A way to join, of whatever kind.
    pub(super) fn any_way(&mut self, group: usize) -> Way {
        let has = self.model.places[group].roles;
        let dice = &mut self.dice;
        let first = dice.one_in(5).then(|| self.model.today() + dice.days(20) - 3);
        Way {
            group,
            active: !dice.one_in(6),
            approval: dice.one_in(2),
            approval_to_stay: dice.one_in(3),
            first,
            days: dice.perhaps(30).map(|days| days + 1),
            several: dice.one_in(2),
            roles: Some(has & (1 | [2, 4, 6, 14][dice.roll(4)]))
                .filter(|some| *some != 0)
                .unwrap_or(has),
            terms: dice.one_in(4),
        }
    }

    pub(super) fn way_body(&self, way: &Way) -> Value {
        let mut body = json!({
            "name": "Join", "active": way.active, "visibleToNotMembers": true, "requireApproval": way.approval,
            "requireApprovalForExtension": way.approval_to_stay, "multiselectRole": way.several, "commentsNeeded": false,
            "groupRoles": names(way.roles), "membershipExpirationDays": way.days,
            "validFrom": way.first.map(|first| self.day(first - self.model.today())),
        });
        if way.terms {
            body["aup"] = json!({ "type": "URL", "url": "https://example.org/terms" });
        }
        body
    }

    /// The day that many from today.
    pub(super) fn day(&self, days: i64) -> String {
        Zone::default().day(self.app.now()).plus_days(days).to_string()
    }

    fn client(&self, who: Who) -> TestClient {
        let Who::Person(person, by @ (By::Provider | By::ProviderManager)) = who else {
            return self.tokens[&who].clone();
        };
        let mut claims = json!({ "email": format!("p{person}@example.org"), "email_verified": true });
        if by == By::ProviderManager {
            claims["resource_access"] = json!({ "account": { "roles": ["manage-groups"] } });
        }
        self.app
            .bearer(&self.provider.token(&format!("s{person}"), &claims))
            .unwatched()
    }

    /// Sends a request; with the answer if it was let happen. A fault is wrong whatever was sent, and whoever is kept out is
    /// answered nothing.
    pub(super) async fn send(
        &mut self,
        who: Who,
        kind: &'static str,
        (method, path): (&str, &str),
        body: Option<Value>,
    ) -> Result<Option<Answer>, String> {
        let request = self.client(who).request(method.parse().unwrap(), path);
        let answer = match &body {
            Some(body) => request.json(body).await,
            None => request.await,
        };
        let said = body.map(|body| body.to_string()).unwrap_or_default();
        let code: String = answer
            .text
            .chars()
            .take(if kind == "read list" { 3000 } else { 160 })
            .collect();
        if kind != "read" {
            self.log.push(format!(
                "{who:?} {kind}: {method} {path} {said} -> {} {code}",
                answer.status
            ));
        }
        let done = (200..300).contains(&answer.status);
        let (yes, no) = self.tally.entry(kind).or_default();
        *(if done { yes } else { no }) += 1;
        if answer.status >= 500 || answer.status == 429 {
            return Err(format!("a fault: {answer}"));
        }
        if !done {
            return Ok(None);
        }
        let is_out = who
            .person()
            .is_some_and(|me| self.model.out.contains_key(&me) || self.model.gone.contains(&me));
        if is_out {
            return Err(format!("{who:?} is kept out of the realm, and was answered"));
        }
        Ok(Some(answer))
    }

    /// What came of one grant.
    pub(super) fn note(&mut self, kind: &'static str, made: Checked) -> Checked {
        if made.is_ok() {
            *self.granted.entry(kind).or_default() += 1;
        }
        made
    }
}

/// Some of the roles by their names.
pub(super) fn names(roles: Roles) -> Vec<&'static str> {
    (0..ROLES.len())
        .filter(|bit| roles & (1 << bit) != 0)
        .map(|bit| ROLES[bit])
        .collect()
}

/// The id with which the place ends that an answer names.
pub(super) fn last_of_place(answer: &Answer) -> String {
    let place = answer.header("location");
    place.rsplit('/').next().unwrap_or_default().to_owned()
}
