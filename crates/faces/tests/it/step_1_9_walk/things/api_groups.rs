//! A group that people manage and ask to join, for the native API.

use directory::Id;
use directory::enrollment::SubmitRequest;
use directory::enrollment::terms::{Channel, TermsGiven};
use serde_json::{Value, json};
use testkit::{Program, TestApp, TestClient};

use super::super::MARK;

/// Ids as texts.
#[derive(Clone, Debug)]
pub(in super::super) struct ApiGroups {
    /// Somebody administers it, who reviews requests.
    pub(in super::super) group: String,
    /// Right below it.
    pub(in super::super) child: String,
    /// Nobody holds it.
    pub(in super::super) role: String,
    /// Not the one that is offered first.
    pub(in super::super) way: String,
    /// In force there.
    pub(in super::super) terms: String,
    /// Waits for an answer.
    pub(in super::super) request: String,
    /// Waits for a reviewer.
    pub(in super::super) pending: String,
    /// Of whoever asks for what is their own.
    pub(in super::super) mine: String,
    /// They are a member of it, and have accepted its terms.
    pub(in super::super) agreed: String,
    pub(in super::super) rule: String,
    pub(in super::super) template: String,
    /// Of the group, with one membership to be decided about.
    pub(in super::super) review: String,
    pub(in super::super) reviewed: String,
}

/// The rules for groups below others that the walk makes: there is one for each member.
const RULES: [&str; 2] = ["comments_label", "multiselect_role"];

impl ApiGroups {
    /// `person` reviews; `asker` and `me` ask.
    pub(super) async fn make(
        app: &TestApp,
        admin: &TestClient,
        (person, askers, me): (&str, [&str; 2], &str),
        round: usize,
    ) -> Self {
        let made = |path: String, body: Value| async move { admin.post(&path, body).await.expect(201) };
        let new = json!({ "name": format!("{MARK} managed by the API {round}"), "owner": null });
        let group = made("/api/v1/tree".into(), new).await.id();
        let new = json!({ "name": format!("{MARK} child {round}"), "owner": null, "parent": group });
        let child = made("/api/v1/tree".into(), new).await.id();
        let below = |what: &str| format!("/api/v1/groups/{group}/{what}");
        let role = made(below("roles"), json!({ "name": format!("{MARK} role") }))
            .await
            .id();
        made(below("admins"), json!({ "user": person, "preset": "reviewer" })).await;
        for user in [person, me] {
            let new = json!({ "user": user, "roles": ["member"], "hours": 4 });
            made(below("eligibilities"), new).await;
        }
        let settings = json!({ "contact": format!("{MARK}@example.org") });
        admin.put(&below("settings"), settings).await.expect(200);
        let first = json!({ "name": format!("{MARK} first"), "roles": ["member"] });
        let first = made(below("configurations"), first).await.id();
        admin
            .put(&below("default-configuration"), json!({ "configuration": first }))
            .await
            .expect(200);
        let way = json!({ "name": format!("{MARK} way"), "roles": ["member"], "terms": { "url": format!("https://{MARK}.example.org/terms") } });
        let way = made(below("configurations"), way).await;
        let terms = way.at("/terms_in_force/id");

        let request = ask(app, askers[0], &first).await;
        let question = json!({ "text": format!("{MARK} who are you?") });
        admin
            .post(&format!("/api/v1/requests/{request}/messages"), question)
            .await
            .expect(200);
        let pending = ask(app, askers[1], &first).await;
        let mine = ask(app, me, &first).await;
        let new = json!({ "name": format!("{MARK} with terms {round}"), "owner": null });
        let agreed = made("/api/v1/tree".into(), new).await.id();
        let open = json!({ "name": "open", "roles": ["member"], "require_approval": false, "terms": { "url": format!("https://{MARK}.example.org/agreed") } });
        let open = made(format!("/api/v1/groups/{agreed}/configurations"), open).await.id();
        ask(app, me, &open).await;
        let template = json!({ "name": format!("{MARK} template {round}") });
        let member = json!({ "user": person, "roles": ["member"] });
        let reviewed = made(below("memberships"), member).await.id();
        let review = json!({ "group": group, "name": format!("{MARK} review"), "last_day": "2030-12-01", "undecided": "remove" });
        let review = made("/api/v1/reviews".into(), review).await.id();
        app.run_jobs().await;
        Self {
            child,
            role,
            way: way.id(),
            terms: terms.as_str().expect("an id").to_owned(),
            request,
            pending,
            mine,
            agreed,
            rule: rule(admin).await,
            review,
            reviewed,
            template: made("/api/v1/group-templates".into(), template).await.id(),
            group,
        }
    }
}

/// A rule; those of earlier rounds give way.
async fn rule(admin: &TestClient) -> String {
    let rules = admin.get("/api/v1/rules").await.expect(200).at("/items");
    for rule in rules.as_array().into_iter().flatten() {
        if rule["level"] == "subgroup" && RULES.iter().any(|field| rule["field"] == *field) {
            let id = rule["id"].as_str().expect("an id");
            admin.delete(&format!("/api/v1/rules/{id}")).await.expect(204);
        }
    }
    let new = json!({ "level": "subgroup", "field": "comments_label", "default": MARK });
    admin.post("/api/v1/rules", new).await.expect(201).id()
}

/// Asks to join in somebody's name.
async fn ask(app: &TestApp, user: &str, way: &str) -> String {
    let program = Program::default().acts_as(Id::parse(user).expect("an id"));
    let principal = app
        .principal(&format!("asks for {user} by {way}"), &["agm:self"], program)
        .await;
    let command = SubmitRequest {
        configuration: Id::parse(way).expect("an id"),
        roles: vec!["member".into()],
        comments: Some(MARK.to_owned()),
        terms: Some(TermsGiven {
            accepted: true,
            version: None,
            channel: Channel::Api,
            address: None,
        }),
    };
    let submitted = app.directory().execute(&principal, command).await;
    submitted.expect("submitted").request.id.to_string()
}
