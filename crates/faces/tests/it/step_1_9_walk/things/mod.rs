//! A realm with one of everything.

mod api_groups;
mod enrollment;
mod members;

pub(super) use enrollment::Enrollment;
mod tree;

use directory::Id;
use directory::plan::{ApprovePlan, BeginPlan, PersonRow, Plan, PlanKind, PlanOptions, Setting};
use directory::source::SourceName;
use serde_json::{Value, json};
use testkit::{TestApp, TestClient, TestMail};

use super::MARK;
pub(super) use api_groups::ApiGroups;
use members::Members;
pub(super) use tree::Tree;

mod offers;

/// One of everything, with the marker in all that people wrote. Ids as texts.
#[derive(Clone, Debug)]
pub(super) struct Things {
    pub(super) person: String,
    pub(super) suspended: String,
    /// Was deleted by a program whose deletes are put off.
    pub(super) leaving: String,
    /// Has an open invitation.
    pub(super) invited: String,
    /// Had an invitation that was taken back.
    pub(super) uninvited: String,
    pub(super) invitation: String,
    /// Of an open invitation whose mail has come.
    pub(super) link: String,
    /// Has an address that waits to be confirmed.
    pub(super) unproved: String,
    /// The link of the mail about it.
    pub(super) proof: String,
    /// The secret of a link by which somebody signs in.
    pub(super) sign_in: String,
    pub(super) group: String,
    pub(super) client: String,
    pub(super) client_secret: String,
    pub(super) client_token: String,
    pub(super) token: String,
    pub(super) wire_token: String,
    pub(super) delivery: String,
    pub(super) job: String,
    pub(super) mail: String,
    pub(super) event: String,
    /// Can be approved, and another one that can be applied.
    pub(super) plan: String,
    pub(super) approved_plan: String,
    /// Whoever holds a token that acts as a person, and their userName.
    pub(super) me: TestClient,
    pub(super) my_name: String,
    pub(super) enrollment: Enrollment,
    pub(super) members: Members,
    pub(super) tree: Tree,
    pub(super) offers: offers::Offers,
    /// Of the native API of groups that people manage.
    pub(super) api_groups: ApiGroups,
}

const EVENT: &str = "SELECT id FROM events WHERE subject = ?1 AND kind = 'user.created'";
const JOB: &str = "SELECT id FROM jobs WHERE subject = ?1 AND kind = 'expire_invitation'";
const DELIVERY: &str = "SELECT id FROM deliveries WHERE subject = ?1 AND state = 'queued'";
const MAIL: &str = "SELECT id FROM mails WHERE invitation = ?1";

impl Things {
    /// Makes them in the realm `default`. Names differ by the round.
    pub(super) async fn make(app: &TestApp, admin: &TestClient, round: usize) -> Self {
        let admin = &admin.clone().unwatched();
        let offers = offers::Offers::make(app, round).await;
        let person = add(admin, "person", round).await;
        let suspended = add(admin, "suspended", round).await;
        admin
            .post(&format!("/api/v1/users/{suspended}/suspend"), json!({}))
            .await
            .expect(200);
        let leaving = add(admin, "leaving", round).await;
        leave(app, &leaving, round).await;
        admin
            .request(http::Method::PUT, &format!("/api/v1/users/{person}/roles/auditor"))
            .await
            .expect(204);
        let group = json!({ "displayName": format!("{MARK} group {round}"), "members": [{ "value": person }] });
        let group = admin.post("/api/v1/groups", group).await.expect(201).id();

        let client = json!({ "name": format!("{MARK} client {round}"), "scopes": ["scim:read", "scim:write"] });
        let client = admin.post("/api/v1/clients", client).await.expect(201);
        let token =
            json!({ "client": client.id(), "name": format!("{MARK} token"), "description": format!("{MARK} token") });
        let token = admin.post("/api/v1/tokens", token).await.expect(201);
        let named =
            json!({ "Operations": [{ "op": "add", "path": "externalId", "value": format!("{MARK}-{round}") }] });
        let by_client = app.bearer(&text(&token.json()["token"])).unwatched();
        by_client
            .patch(&format!("/scim/v2/Users/{person}"), named)
            .await
            .expect(200);
        let wire = admin
            .post(
                "/scim/auth-tokens",
                json!({ "description": format!("{MARK} wire token") }),
            )
            .await
            .expect(201);

        app.set_realm("default", |settings| settings.oidc.validate_emails = true)
            .await;
        let unproved = add(admin, "unproved", round).await;
        let moved = json!({ "emails": [{ "value": address("proof", round) }] });
        admin
            .patch(&format!("/api/v1/users/{unproved}"), moved)
            .await
            .expect(200);

        // What is on its way from earlier rounds, and those whose links are needed.
        let (_, linked) = invite(admin, "linked", round).await;
        invite(admin, "entering", round).await;
        let ask = app.anonymous().unwatched();
        let asked = ask.post_form("/sign-in", &[("address", &address("entering", round))]);
        asked.await.expect(303);
        app.run_jobs().await;
        let mails = app.deliver_mail().await;
        let link_in = |name: &str, page: &str| {
            let address = address(name, round);
            let leads = |mail: &&TestMail| mail.to.contains(&address) && mail.text.contains(&format!("/{page}/"));
            let mail = mails.iter().find(leads);
            let path = mail
                .unwrap_or_else(|| panic!("no mail to {address}, beside {linked}"))
                .path_to(page);
            path.rsplit('/').next().unwrap_or_default().to_owned()
        };
        let link = link_in("linked", "invitation");
        let proof = link_in("proof", "confirmation");
        let sign_in = link_in("entering", "sign-in");
        let (uninvited, revoked) = invite(admin, "uninvited", round).await;
        admin
            .post(&format!("/api/v1/invitations/{revoked}/revoke"), json!({}))
            .await
            .expect(200);
        let (invited, invitation) = invite(admin, "invited", round).await;

        let my_name = format!("me-{round}");
        let me = json!({
            "userName": my_name, "title": format!("{MARK} title"), "displayName": format!("{MARK} me"),
            "emails": [{ "value": format!("{my_name}@example.org") }],
        });
        let my_id = admin.post("/api/v1/users", me).await.expect(201).id();
        let members = Members::make(app, (&person, &suspended, &my_id), round).await;
        let me = app
            .acting_as(Id::parse(&my_id).expect("an id"), &["scim:me", "agm:self"])
            .await;
        let enrollment = Enrollment::make(app, admin, &me.clone().unwatched(), round).await;
        let askers = [
            add(admin, "asker", round).await,
            add(admin, "second-asker", round).await,
        ];
        let api_groups = ApiGroups::make(app, admin, (&person, [&askers[0], &askers[1]], &my_id), round).await;
        app.place_events().await;
        Self {
            enrollment,
            event: found(app, EVENT, &person).await,
            plan: plan(app, "plan", round).await.to_string(),
            approved_plan: approved_plan(app, round).await,
            job: found(app, JOB, &invitation).await,
            delivery: found(app, DELIVERY, &invitation).await,
            mail: found(app, MAIL, &invitation).await,
            person,
            suspended,
            leaving,
            invited,
            uninvited,
            invitation,
            link,
            unproved,
            proof,
            sign_in,
            group,
            client: client.id(),
            client_secret: text(&client.json()["client_secret"]),
            client_token: text(&token.json()["token"]),
            token: token.id(),
            wire_token: text(&wire.json()["info"]["id"]),
            me,
            my_name,
            members,
            tree: Tree::make(admin, round).await,
            offers,
            api_groups,
        }
    }

    /// What must never be in an answer to somebody without the right.
    pub(super) fn secrets(&self) -> [&str; 6] {
        [
            MARK,
            &self.client_secret,
            &self.client_token,
            &self.link,
            &self.proof,
            &self.sign_in,
        ]
    }
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

fn address(name: &str, round: usize) -> String {
    format!("{MARK}-{name}-{round}@example.org")
}

fn described(name: &str, round: usize) -> Value {
    json!({
        "userName": format!("{MARK}-{name}-{round}"), "displayName": format!("{MARK} {name}"), "title": MARK, "nickName": MARK,
        "name": { "givenName": MARK, "familyName": MARK }, "emails": [{ "value": address(name, round), "type": "work", "primary": true }],
        "phoneNumbers": [{ "value": MARK }], "addresses": [{ "locality": MARK }],
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { "department": MARK, "employeeNumber": MARK },
    })
}

async fn add(admin: &TestClient, name: &str, round: usize) -> String {
    admin
        .post("/api/v1/users", described(name, round))
        .await
        .expect(201)
        .id()
}

/// The ids of somebody new and of their invitation.
async fn invite(admin: &TestClient, name: &str, round: usize) -> (String, String) {
    let made = admin
        .post("/api/v1/invitations", json!({ "new_user": described(name, round) }))
        .await
        .expect(201);
    (text(&made.json()["user"]), made.id())
}

/// A plan that adds somebody.
async fn plan(app: &TestApp, name: &str, round: usize) -> Id<Plan> {
    let operator = app.operator().await;
    let begin = BeginPlan {
        kind: PlanKind::Users,
        source: SourceName::parse(&format!("{name}-{round}")).expect("a name"),
        title: format!("{MARK} {name}"),
        options: PlanOptions::default(),
    };
    let begun = app.directory().execute(&operator, begin).await.expect("begun");
    let user_name = format!("{MARK}-{name}-{round}");
    let row = PersonRow {
        place: MARK.to_owned(),
        user_name: user_name.clone(),
        external_id: None,
        settings: vec![Setting {
            path: "userName".to_owned(),
            value: Some(user_name.into()),
        }],
        problem: None,
    };
    let has = app
        .directory()
        .plan_people(&operator, &begun, 0, vec![row])
        .await
        .expect("planned");
    app.directory()
        .finish_plan(&operator, &begun, has)
        .await
        .expect("made")
        .id
}

async fn approved_plan(app: &TestApp, round: usize) -> String {
    let id = plan(app, "approved", round).await;
    let approve = ApprovePlan { id, release: false };
    app.directory()
        .execute(&app.operator().await, approve)
        .await
        .expect("approved");
    id.to_string()
}

async fn found(app: &TestApp, sql: &str, subject: &str) -> String {
    let subject: Id<()> = Id::parse(subject).expect("an id");
    let rows = app.db().scan(sql, &[subject.into()]).await.expect("the rows are read");
    let mut row = rows
        .into_iter()
        .next()
        .unwrap_or_else(|| panic!("nothing found by {sql}"));
    Id::<()>::new(row.take(0).expect("an id")).to_string()
}

/// Deletes a person as a program does whose deletes are put off.
async fn leave(app: &TestApp, id: &str, round: usize) {
    let settings = json!({ "suspend_before_delete_days": 7 });
    let name = format!("putting off {round}");
    let program = app
        .client_with(&name, &["scim:write"], |program| program.settings(&settings))
        .await;
    program.delete(&format!("/scim/v2/Users/{id}")).await.expect(204);
}
