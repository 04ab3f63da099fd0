//! Who signs in at the realm's provider, and what else they send in place of the token they got there.

use directory::Id;
use directory::delegation::{GrantDelegation, Whom};
use directory::group::{CreateSubgroup, CreateTopGroup, Group, GroupName, NewGroup};
use directory::user::User;
use serde_json::{Value, json};
use testkit::{TestApp, TestClient};

use super::super::intruders::{ALL, Intruder, Kind};
use super::super::things::Things;
use super::super::{DEFAULT, OTHER};

/// The group below which all groups of the walk are.
pub(super) const FAMILY: &str = "family";
/// The sibling's own group, and what they are called themselves.
pub(super) const OWN: &str = "own";
pub(super) const SIBLING: &str = "sibling";

const MINE: &str = "/realms/default/agm/account/user/groups";

/// Those who have something of the provider's.
pub(super) struct People {
    /// Whoever has the things of their own, and all roles by their token.
    pub(super) admin: TestClient,
    /// What is wrong in their token, or with them, in one thing only.
    pub(super) wrong: Vec<Intruder>,
    /// Whoever administers a group beside those of the walk, and nothing else.
    pub(super) sibling: TestClient,
    pub(super) sibling_id: Id<User>,
    /// The group above all.
    pub(super) family: Id<Group>,
}

/// What the provider says of somebody who administers the realm.
fn claims(name: &str) -> Value {
    json!({
        "email": format!("{name}@example.org"), "email_verified": true,
        "resource_access": { "realm-management": { "roles": ["realm-admin"] } },
    })
}

impl People {
    pub(super) async fn make(app: &TestApp, things: &Things) -> Self {
        let (provider, elsewhere) = (app.provider(DEFAULT).await, app.provider(OTHER).await);
        let mine = claims(&things.my_name);
        let with = |more: Value| provider.token("me", &whole(&mine, &more));
        let admin = app.bearer(&with(json!({})));
        admin.get(MINE).await.expect(200);

        let suspended = app.user("gone").await;
        let suspended_token = provider.token("gone", &claims("gone"));
        app.bearer(&suspended_token).get(MINE).await.expect(200);
        let suspend = format!("/api/v1/users/{suspended}/suspend");
        admin.post(&suspend, json!({})).await.expect(200);

        let now = app.now().millis() / 1000;
        let unsigned = provider.signed_as(
            &json!({ "alg": "none", "typ": "JWT" }),
            &whole(&provider.claims("me"), &mine),
        );
        let without_signature = unsigned.rsplit_once('.').expect("three parts").0;
        let by_another_key = elsewhere.signed_as(&provider.header(), &whole(&provider.claims("me"), &mine));
        let wrong = [
            ("another realm's token", elsewhere.token("me", &mine)),
            (
                "another realm's token for this one",
                elsewhere.clone().for_audience("urn:usher:default").token("me", &mine),
            ),
            (
                "a token for another audience",
                provider.clone().for_audience("urn:usher:other").token("me", &mine),
            ),
            ("a token of somebody suspended", suspended_token),
            ("an expired token", with(json!({ "iat": now - 331, "exp": now - 31 }))),
            ("an ID token", with(json!({ "nonce": "n", "at_hash": "h" }))),
            ("an ID token of Keycloak's", with(json!({ "typ": "ID" }))),
            ("a token with `alg: none`", unsigned.clone()),
            ("a token without a signature", format!("{without_signature}.")),
            ("a token signed with another key", by_another_key),
        ];
        let intruder = |kind, who: &str, client: TestClient| Intruder {
            kind,
            who: who.to_owned(),
            client: client.in_realm(DEFAULT),
            basic: None,
        };
        let mut wrong: Vec<Intruder> = wrong
            .iter()
            .map(|(who, token)| intruder(Kind::Refused, who, app.bearer(token)))
            .collect();
        wrong.push(intruder(Kind::Refused, "nobody", app.anonymous()));
        let stranger = app.bearer(&provider.token("stranger", &claims("stranger")));
        wrong.push(intruder(Kind::Nobody, "somebody who is nobody here", stranger));

        let sibling_id = app.user(SIBLING).await;
        // Scopes are of Usher's own tokens: the provider's give nothing by naming them.
        let named = json!({
            "email": "sibling@example.org", "email_verified": true,
            "scope": format!("openid {}", ALL.join(" ")),
        });
        let sibling = app.bearer(&provider.token(SIBLING, &named));
        sibling.get(MINE).await.expect(200);
        let operator = app.operator().await;
        let new = NewGroup::named(GroupName::parse(FAMILY).expect("a name"));
        let made = app.directory().execute(&operator, CreateTopGroup { new }).await;
        let family = made.expect("a group").group.id;
        let below = CreateSubgroup {
            parent: family,
            new: NewGroup::named(GroupName::parse(OWN).expect("a name")),
        };
        let made = app.directory().execute(&operator, below).await;
        let people = Self {
            admin,
            wrong,
            sibling,
            sibling_id,
            family,
        };
        people.administers(app, made.expect("a group").group.id).await;
        people
    }

    /// Puts the groups beside the sibling's own.
    pub(super) async fn adopt(&self, program: &TestClient, mut things: Things) -> Things {
        for group in groups(&things) {
            let moved = json!({ "parent": self.family.to_string() });
            let path = format!("/api/v1/groups/{group}/move");
            program.post(&path, moved).await.expect(200);
        }
        things.enrollment.path = format!("/{FAMILY}{}", things.enrollment.path);
        things
    }

    /// Lets the sibling administer the groups of the walk too.
    pub(super) async fn hand_over(&self, app: &TestApp, things: &Things) {
        for group in groups(things) {
            self.administers(app, Id::parse(group).expect("an id")).await;
        }
    }

    async fn administers(&self, app: &TestApp, group: Id<Group>) {
        let grant = GrantDelegation::owner(group, Whom::User(self.sibling_id));
        let granted = app.directory().execute(&app.operator().await, grant).await;
        granted.expect("they administer it");
    }
}

/// The groups that requests of the walk name, but those below them.
pub(in super::super) fn groups(things: &Things) -> [&str; 6] {
    [
        &things.tree.group,
        &things.members.group,
        &things.enrollment.group,
        &things.offers.group,
        &things.api_groups.group,
        &things.group,
    ]
}

fn whole(claims: &Value, more: &Value) -> Value {
    let mut claims = claims.clone();
    for (name, value) in more.as_object().into_iter().flatten() {
        claims[name] = value.clone();
    }
    claims
}
