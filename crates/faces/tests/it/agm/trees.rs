//! The tree that the tests share: `/a` with `/a/b` and `/a/b/c`, and `/x`; `ga` administers `/a`, `gb` administers `/a/b`. Everybody
//! signs in at the realm's provider.

use directory::Id;
use directory::user::User;
use serde_json::{Value, json};
use testkit::{Answer, TestApp, TestClient, TestProvider};

pub(super) const MANAGE: &str = "/realms/default/agm/account/group-admin";
pub(super) const ADMIN: &str = "/realms/default/agm/admin";

/// The tree, and who acts in it.
pub(super) struct Trees {
    app: TestApp,
    provider: TestProvider,
    /// Administers the realm.
    pub(super) root: TestClient,
    /// Manages all groups.
    pub(super) mg: TestClient,
    pub(super) ga: TestClient,
    pub(super) gb: TestClient,
    /// Nobody special.
    pub(super) u1: TestClient,
    pub(super) a: String,
    pub(super) b: String,
    pub(super) c: String,
    pub(super) x: String,
}

impl Trees {
    pub(super) async fn grow(app: &TestApp) -> Self {
        let provider = app.provider("default").await;
        let root = signed_in(app, &provider, "root", ("realm-management", "realm-admin")).await;
        let mg = signed_in(app, &provider, "mg", ("account", "manage-groups")).await;
        let ga = signed_in(app, &provider, "ga", ("account", "none")).await;
        let gb = signed_in(app, &provider, "gb", ("account", "none")).await;
        let u1 = signed_in(app, &provider, "u1", ("account", "none")).await;
        let a = made(&root, &format!("{ADMIN}/group"), "a").await;
        let b = made(&root, &format!("{ADMIN}/group/{a}/children"), "b").await;
        let c = made(&root, &format!("{ADMIN}/group/{b}/children"), "c").await;
        let x = made(&root, &format!("{ADMIN}/group"), "x").await;
        let trees = Self {
            app: app.clone(),
            provider,
            root,
            mg,
            ga,
            gb,
            u1,
            a,
            b,
            c,
            x,
        };
        for (group, name) in [(&trees.a, "ga"), (&trees.b, "gb")] {
            let place = format!("{ADMIN}/group/{group}/admin/{}", trees.id_of(name).await);
            trees.root.post(&place, json!({})).await.expect(204);
        }
        trees
    }

    /// The id of somebody by their userName.
    pub(super) async fn id_of(&self, name: &str) -> String {
        let rows = self
            .app
            .db()
            .query("SELECT id FROM users WHERE user_name_key = ?1", &[name.into()])
            .await;
        let id: Id<User> = rows.expect("read")[0].take(0).expect("an id");
        id.to_string()
    }

    /// Somebody with a role of the provider's client `account`.
    pub(super) async fn with_role(&self, name: &str, role: &str) -> TestClient {
        signed_in(&self.app, &self.provider, name, ("account", role)).await
    }

    /// Everything about a group, as root sees it.
    pub(super) async fn whole(&self, group: &str) -> Value {
        self.root
            .get(&format!("{MANAGE}/group/{group}/all"))
            .await
            .expect(200)
            .json()
    }

    /// Where each group stands, as root sees it.
    pub(super) async fn shape(&self) -> Vec<String> {
        let all = self.root.get(&format!("{MANAGE}/groups?max=100")).await.expect(200);
        all.at("/results").as_array().into_iter().flatten().map(shape).collect()
    }
}

/// A group with all below it, as names in brackets.
pub(super) fn shape(group: &Value) -> String {
    let below: String = group["extraSubGroups"]
        .as_array()
        .into_iter()
        .flatten()
        .map(shape)
        .collect();
    format!("[{}{below}]", group["name"].as_str().unwrap_or_default())
}

/// A new person who has signed in with that role of a client of the provider.
async fn signed_in(app: &TestApp, provider: &TestProvider, name: &str, (client, role): (&str, &str)) -> TestClient {
    app.user(name).await;
    let claims = json!({
        "email": format!("{name}@example.org"), "email_verified": true, "resource_access": { client: { "roles": [role] } },
    });
    let signed_in = app.bearer(&provider.token(name, &claims));
    signed_in
        .get("/realms/default/agm/account/user/groups")
        .await
        .expect(200);
    signed_in
}

/// A new group's id, as the answer's place has it.
async fn made(who: &TestClient, place: &str, name: &str) -> String {
    placed(&who.post(place, json!({ "name": name })).await)
}

/// The id at the end of the place of what was made.
#[track_caller]
pub(super) fn placed(answer: &Answer) -> String {
    let place = answer.header("location");
    assert!(
        matches!(answer.status, 201 | 204) && place.starts_with("https://usher.example/realms/default/agm/"),
        "{answer}"
    );
    place.rsplit('/').next().unwrap_or_default().to_owned()
}

/// The word of a refusal, which has that status and has changed nothing.
#[track_caller]
pub(super) fn refused(answer: &Answer, status: u16) -> String {
    assert_eq!(answer.status, status, "{answer}");
    assert!(answer.events.is_empty(), "{answer}");
    answer.at("/code").as_str().unwrap_or_default().to_owned()
}

/// An id of nothing.
pub(super) const NOTHING: &str = "00000000-0000-7000-8000-000000000007";
