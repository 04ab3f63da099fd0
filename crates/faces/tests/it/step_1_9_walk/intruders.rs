//! Who tries without the right.

use directory::Id;
use directory::client::{ClientChanges, UpdateClient};
use directory::token::RevokeToken;
use directory::user::User;
use serde_json::{Value, json};
use testkit::{Program, TestApp, TestClient};

use super::step_3_4_tokens::administers_all;
use super::things::Things;
use super::visits::{Access, Visit};
use super::{DEFAULT, OTHER};

/// What is wrong with the credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// They are not valid here: none, nonsense, another realm's, expired, revoked, switched off.
    Refused,
    /// The realm's provider says who they are, which is nobody here.
    Nobody,
    /// The scope is not among theirs.
    Scope,
    /// They act as a person who has no role for it.
    Role,
    /// The client's policy excludes what is there.
    Policy,
}

/// Somebody with the wrong credentials, or with none.
#[derive(Clone, Debug)]
pub(super) struct Intruder {
    pub(super) kind: Kind,
    pub(super) who: String,
    pub(super) client: TestClient,
    /// An OAuth2 client's id and secret in place of a token.
    pub(super) basic: Option<(String, String)>,
}

pub(super) const ALL: [&str; 9] = [
    "scim:read",
    "scim:write",
    "invite",
    "events:read",
    "scim:me",
    "agm:self",
    "agm:manage",
    "agm:admin",
    "admin",
];

/// All who try.
pub(super) struct Intruders {
    /// Whoever is refused everywhere, whatever the route asks for.
    refused: Vec<Intruder>,
    /// The same with tokens that act as a person.
    refused_people: Vec<Intruder>,
    /// By the scope that is missing.
    without: Vec<(&'static str, Intruder)>,
    role: Intruder,
    policies: Vec<Intruder>,
    policies_for_people: Vec<Intruder>,
    /// Who administers all groups, by a token whose policy lets reach none of them.
    narrow_owner: Intruder,
    basics: Vec<Intruder>,
}

/// Policies that let reach nothing of what is there.
fn policies() -> [Value; 2] {
    [
        json!({ "user_filter": "userName eq \"nobody\"", "group_filter": "displayName eq \"nothing\"" }),
        json!({ "resources": [] }),
    ]
}

impl Intruders {
    pub(super) async fn make(app: &TestApp, things: &Things) -> Self {
        let me = me(app, things).await;
        let there = json!({ "userName": things.my_name });
        let namesake = app.user_with(OTHER, there).await;
        let bystander = app.user("bystander").await;
        let program = |kind, who: &str, client: TestClient| Intruder {
            kind,
            who: who.to_owned(),
            client: client.in_realm(DEFAULT),
            basic: None,
        };

        let mut without = Vec::new();
        // What takes `agm:manage` is had by `agm:admin` too, and is tried without either.
        for scope in ALL.into_iter().filter(|scope| *scope != "agm:manage") {
            let gives =
                |other: &str| other == scope || other == "admin" || (scope == "agm:admin" && other == "agm:manage");
            let others: Vec<&str> = ALL.into_iter().filter(|other| !gives(other)).collect();
            let name = format!("without {scope}");
            let client = if matches!(scope, "scim:me" | "agm:self") {
                app.client_with(&name, &others, |program| program.acts_as(me)).await
            } else {
                app.client(&name, &others).await
            };
            without.push((scope, program(Kind::Scope, &name, client)));
        }
        let mut narrowed = Vec::new();
        let mut narrowed_people = Vec::new();
        for policy in policies() {
            let name = format!("the policy {policy}");
            let client = app
                .client_with(&name, &ALL, |program| program.policy(policy.clone()))
                .await;
            narrowed.push(program(Kind::Policy, &name, client));
            let name = format!("a person under {name}");
            let client = app
                .client_with(&name, &["scim:me", "agm:self"], |program| {
                    program.policy(policy).acts_as(me)
                })
                .await;
            narrowed_people.push(program(Kind::Policy, &name, client));
        }
        let owner = app.user("owner-by-a-narrow-token").await;
        administers_all(app, things, owner).await;
        let none = json!({ "group_filter": "displayName eq \"nothing\"" });
        let narrow_owner = app
            .client_with("a narrow owner", &ALL, |program| program.policy(none).acts_as(owner))
            .await;
        let roleless = app
            .client_with(
                "roleless",
                &["scim:read", "scim:write", "invite", "events:read", "admin"],
                |program| program.acts_as(bystander),
            )
            .await;
        let mut refused = refused(app, "a program", &ALL, None, None).await;
        refused.push(program(Kind::Refused, "nobody", app.anonymous()));
        let mut refused_people =
            self::refused(app, "a person", &["scim:me", "agm:self"], Some(me), Some(namesake)).await;
        refused_people.push(program(Kind::Refused, "nobody", app.anonymous()));
        Self {
            refused,
            refused_people,
            without,
            role: program(Kind::Role, "a person without a role", roleless),
            policies: narrowed,
            policies_for_people: narrowed_people,
            narrow_owner: program(Kind::Policy, "an owner of all groups by a token for none", narrow_owner),
            basics: basics(app, things).await,
        }
    }

    /// Whoever tries this visit.
    pub(super) fn at(&self, visit: &Visit) -> Vec<Intruder> {
        let lacking = |needed: &str| -> Vec<Intruder> {
            let without = self.without.iter().filter(|(scope, _)| *scope == needed);
            without.map(|(_, intruder)| intruder.clone()).collect()
        };
        match visit.access {
            Access::Person(needed) => [
                self.refused_people.clone(),
                lacking(needed),
                self.policies_for_people.clone(),
            ]
            .concat(),
            Access::Token(needed) | Access::Manages(needed) | Access::Group(needed) => [
                self.refused.clone(),
                lacking(needed),
                vec![self.role.clone(), self.narrow_owner.clone()],
                self.policies.clone(),
            ]
            .concat(),
            Access::Client => {
                let bearers = [
                    self.refused.clone(),
                    lacking("admin"),
                    vec![self.role.clone()],
                    self.policies.clone(),
                ]
                .concat();
                [bearers, self.basics.clone()].concat()
            }
            Access::Public(_) | Access::Link | Access::Trial => {
                let everybody = [
                    self.refused.clone(),
                    lacking("admin"),
                    vec![self.role.clone()],
                    self.policies.clone(),
                ]
                .concat();
                [everybody, self.refused_people.clone()].concat()
            }
        }
    }
}

async fn me(app: &TestApp, things: &Things) -> Id<User> {
    let shown = things.me.get("/scim/v2/Me").await.expect(200);
    assert!(app.named(&shown.text).contains("userName"));
    Id::parse(&shown.id()).expect("an id")
}

/// Tokens that are not valid in the realm `default`: of programs, or acting as a person.
async fn refused(
    app: &TestApp,
    who: &str,
    scopes: &[&str],
    user: Option<Id<User>>,
    elsewhere: Option<Id<User>>,
) -> Vec<Intruder> {
    let acting = |program: Program, user: Option<Id<User>>| match user {
        Some(user) => program.acts_as(user),
        None => program,
    };
    let intruder = |what: &str, token: &str| Intruder {
        kind: Kind::Refused,
        who: format!("{who}: {what}"),
        client: app.bearer(token),
        basic: None,
    };
    let operator = app.operator().await;

    let foreign = app
        .token(
            &format!("{who} elsewhere"),
            scopes,
            &acting(Program::default().realm(OTHER), elsewhere),
        )
        .await;
    let soon = app.now().plus_seconds(60);
    let expired = app
        .token(
            &format!("{who} for a minute"),
            scopes,
            &acting(Program::default().expires_at(soon), user),
        )
        .await;
    app.clock().advance(61);
    let revoked = app
        .token(&format!("{who} revoked"), scopes, &acting(Program::default(), user))
        .await;
    app.directory()
        .execute(&operator, RevokeToken { id: revoked.token.id })
        .await
        .expect("the token is revoked");
    let off = app
        .token(&format!("{who} off"), scopes, &acting(Program::default(), user))
        .await;
    let changes = ClientChanges {
        disabled: Some(true),
        ..ClientChanges::default()
    };
    app.directory()
        .execute(
            &operator,
            UpdateClient {
                id: off.token.client,
                if_version: None,
                changes,
            },
        )
        .await
        .expect("the client is switched off");
    app.directory().forget_cached();
    vec![
        intruder("another realm's token", foreign.plain.reveal()),
        intruder("an expired token", expired.plain.reveal()),
        intruder("a revoked token", revoked.plain.reveal()),
        intruder("a token of a client that is switched off", off.plain.reveal()),
        intruder("nonsense", "ush_nonsense"),
    ]
}

/// OAuth2 clients that are none here.
async fn basics(app: &TestApp, things: &Things) -> Vec<Intruder> {
    let foreign = app
        .register("foreign client", &ALL, &Program::default().realm(OTHER))
        .await;
    let foreign_secret = foreign.secret.expect("a secret").reveal().to_owned();
    let intruder = |who: &str, id: &str, secret: &str| Intruder {
        kind: Kind::Refused,
        who: who.to_owned(),
        client: app.anonymous(),
        basic: Some((id.to_owned(), secret.to_owned())),
    };
    vec![
        intruder("a client with a wrong secret", &things.client, "wrong"),
        intruder(
            "a client of another realm",
            &foreign.client.id.to_string(),
            &foreign_secret,
        ),
        intruder("a client with another's secret", &things.client, &foreign_secret),
        intruder("no client", "nobody", &things.client_secret),
    ]
}
