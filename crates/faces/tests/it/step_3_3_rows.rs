//! All rows of group management as one table that is run from top to bottom: each is asked by somebody who may, and answers as it is to.
//! Then the table and the routes are compared, both ways.

use std::collections::{BTreeMap, BTreeSet};

use faces::Face;
use http::Method;
use serde_json::{Value, json};
use testkit::{Answer, TestClient, both};

/// One request: the row of the list it is for (`+` for what the list lacks, `§14` for other spellings), who asks, what, and what
/// comes of it. `{name}` in a path and `$name` in a query or a body stand for what earlier rows have found.
struct Row {
    of: &'static str,
    who: &'static str,
    method: &'static str,
    path: &'static str,
    query: &'static str,
    body: &'static str,
    status: u16,
    /// The kinds of facts that are on record then, between blanks, each as often as it stands there: whoever asked did it. Without
    /// those of mails, which follow.
    leaves: &'static str,
    /// What later rows need: its name, and where in the answer it stands.
    finds: Option<(&'static str, Found)>,
}

#[derive(Clone, Copy)]
enum Found {
    /// The last part of the place that is told.
    Place,
    /// That member of the body.
    At(&'static str),
    /// The link of the latest mail.
    Link,
}

const fn row(row: &'static str, who: &'static str, method: &'static str, path: &'static str, status: u16) -> Row {
    Row {
        of: row,
        who,
        method,
        path,
        query: "",
        body: "",
        status,
        leaves: "",
        finds: None,
    }
}

impl Row {
    const fn query(self, query: &'static str) -> Self {
        Self { query, ..self }
    }

    const fn body(self, body: &'static str) -> Self {
        Self { body, ..self }
    }

    const fn leaves(self, leaves: &'static str) -> Self {
        Self { leaves, ..self }
    }

    const fn finds(self, name: &'static str, found: Found) -> Self {
        Self {
            finds: Some((name, found)),
            ..self
        }
    }
}

const WAY: &str = r#"{"name":"open","active":true,"visibleToNotMembers":true,"requireApproval":true,"requireApprovalForExtension":true,
    "multiselectRole":true,"commentsNeeded":false,"groupRoles":["member"]}"#;
const ASK: &str = r#"{"groupEnrollmentConfiguration":{"id":"$way"},"groupRoles":["member"],"comments":"please"}"#;
const INVITE: &str = r#"{"email":"$to","groupRoles":["member"],"groupEnrollmentConfiguration":{"id":"$way"}}"#;
const MEMBER: &str = r#"{"user":{"username":"$name"},"groupRoles":["member"]}"#;
const RULE: &str =
    r#"{"field":"membershipExpirationDays","type":"TOP_LEVEL","required":false,"defaultValue":"30","max":"90"}"#;
const OTHER_RULE: &str =
    r#"{"field":"membershipExpirationDays","type":"TOP_LEVEL","required":false,"defaultValue":"20","max":"90"}"#;
const ENTITLEMENTS: &str = r#"{"userAttribute":"entitlements","urnNamespace":"urn:mace:example.org"}"#;

/// A group comes with a role and a way to join.
const GROUP_MADE: &str = "group.created group_role.created configuration.created";
/// A member comes with their roles, and has it in their history.
const MEMBER_MADE: &str = "member.added member.roles_changed GROUP_MEMBERSHIP_CREATE";

/// The whole list.
#[rustfmt::skip]
fn table() -> Vec<Row> {
    use Found::{At, Link, Place};
    vec![
        row("R11", "root", "POST", "/admin/group", 201).body(r#"{"name":"a"}"#).finds("a", Place).leaves(GROUP_MADE),
        row("R17", "root", "POST", "/admin/group/{a}/children", 204).body(r#"{"name":"b"}"#).leaves(GROUP_MADE),
        row("A10", "mg", "POST", "/account/group-admin/group", 201).body(r#"{"name":"zoo"}"#).finds("zoo", Place).leaves("group.created group_role.created configuration.created delegation.granted"),
        row("R17", "root", "POST", "/admin/group/{a}/children", 204).body(r#"{"id":"$zoo","name":"zoo"}"#).leaves("group.moved"),
        row("R15", "root", "POST", "/admin/group/{a}/admin/{ga}", 204).leaves("delegation.granted"),
        row("A10", "mg", "POST", "/account/group-admin/group", 201).body(r#"{"name":"m"}"#).finds("m", Place).leaves("group.created group_role.created configuration.created delegation.granted"),
        row("A1", "ga", "GET", "/account/group-admin/groups", 200).finds("b", At("/results/0/extraSubGroups/0/id")),
        row("A2", "ga", "GET", "/account/group-admin/groupids/all", 200),
        row("A3", "ga", "GET", "/account/group-admin/groups/members", 200).query("?groups=$a").leaves("people.searched"),
        row("R7", "root", "POST", "/admin/configuration-rules", 204).body(RULE).leaves("rule.created"),
        row("R6", "root", "GET", "/admin/configuration-rules", 200).finds("rule", At("/0/id")),
        row("R8", "root", "GET", "/admin/configuration-rules/{rule}", 200),
        row("R9", "root", "PUT", "/admin/configuration-rules/{rule}", 204).body(OTHER_RULE).leaves("rule.changed"),
        row("A4", "ga", "GET", "/account/group-admin/configuration-rules", 200).query("?type=TOP_LEVEL"),
        row("R10", "root", "DELETE", "/admin/configuration-rules/{rule}", 204).leaves("rule.deleted"),
        row("A13", "ga", "POST", "/account/group-admin/group/{a}/attributes", 204).body(r#"{"description":["what it is"]}"#).leaves("group.attributes_replaced"),
        row("A14", "ga", "POST", "/account/group-admin/group/{b}/children", 204).body(r#"{"name":"c"}"#).leaves(GROUP_MADE),
        row("A14", "ga", "POST", "/account/group-admin/group/{b}/children", 204).body(r#"{"id":"$zoo","name":"zoo"}"#).leaves("group.moved"),
        row("A15", "ga", "GET", "/account/group-admin/group/{a}/configuration/all", 200).finds("first", At("/0/id")),
        row("A16", "ga", "GET", "/account/group-admin/group/{a}/configuration/{first}", 200),
        row("A17", "ga", "POST", "/account/group-admin/group/{a}/configuration", 204).body(WAY).finds("way", Place).leaves("configuration.created"),
        row("R14", "root", "POST", "/admin/group/{a}/configuration", 204).body(WAY).leaves("configuration.created"),
        row("R13", "root", "GET", "/admin/group/{a}/configuration/{way}", 200),
        row("A19", "ga", "POST", "/account/group-admin/group/{a}/default-configuration", 204).query("?configurationId=$way").leaves("group.default_configuration_changed"),
        row("A18", "ga", "DELETE", "/account/group-admin/group/{a}/configuration/{first}", 204).leaves("configuration.deleted"),
        row("A21", "ga", "POST", "/account/group-admin/group/{a}/roles", 204).query("?name=lead").leaves("group_role.created"),
        row("A20", "ga", "GET", "/account/group-admin/group/{a}/roles", 200),
        row("A23", "ga", "PUT", "/account/group-admin/group/{a}/role/{lead}", 204).query("?name=chief").leaves("group_role.renamed"),
        row("A22", "ga", "DELETE", "/account/group-admin/group/{a}/role/{chief}", 204).leaves("group_role.deleted"),
        row("A12", "ga", "GET", "/account/group-admin/group/{a}/all", 200),
        row("U2", "u1", "GET", "/account/user/groups/configurations", 200).query("?groupPath=/a"),
        row("U3", "u1", "GET", "/account/user/configuration/{way}", 200),
        row("§14", "u1", "GET", "/account/user/groups/configuration/{way}", 200),
        row("U4", "u1", "GET", "/account/user/group/{a}/configurations", 200),
        row("U8", "u1", "POST", "/account/user/enroll-request", 204).body(ASK).leaves("request.submitted"),
        row("U7", "u1", "GET", "/account/user/enroll-requests", 200).finds("one", At("/results/0/id")),
        row("U9", "u1", "GET", "/account/user/enroll-request/{one}", 200),
        row("A5", "ga", "GET", "/account/group-admin/enroll-requests", 200),
        row("A6", "ga", "GET", "/account/group-admin/enroll-request/{one}", 200),
        row("A7", "ga", "POST", "/account/group-admin/enroll-request/{one}/extra-info", 204).query("?comment=who").leaves("request.asked"),
        row("U10", "u1", "POST", "/account/user/enroll-request/{one}/respond", 204).query("?comment=me").leaves("request.answered"),
        row("A8", "ga", "POST", "/account/group-admin/enroll-request/{one}/accept", 204).leaves("request.accepted member.added member.roles_changed GROUP_MEMBERSHIP_CREATE"),
        row("U8", "u2", "POST", "/account/user/enroll-request", 204).body(ASK).leaves("request.submitted"),
        row("U7", "u2", "GET", "/account/user/enroll-requests", 200).finds("two", At("/results/0/id")),
        row("A9", "ga", "POST", "/account/group-admin/enroll-request/{two}/reject", 204).leaves("request.rejected"),
        row("U8", "u3", "POST", "/account/user/enroll-request", 204).body(ASK).leaves("request.submitted"),
        row("U7", "u3", "GET", "/account/user/enroll-requests", 200).finds("three", At("/results/0/id")),
        row("+", "u3", "DELETE", "/account/user/enroll-request/{three}", 204).leaves("request.withdrawn"),
        row("U1", "u1", "GET", "/account/user/groups", 200),
        row("U5", "u1", "GET", "/account/user/group/{a}/member", 200),
        row("A24", "ga", "GET", "/account/group-admin/group/{a}/members", 200),
        row("A25", "ga", "POST", "/account/group-admin/group/{a}/members", 204).body(MEMBER).finds("member", Place).leaves(MEMBER_MADE),
        row("+", "ga", "GET", "/account/group-admin/group/{a}/member/{member}", 200),
        row("+", "ga", "GET", "/account/group-admin/group/{a}/member/user/{u2}", 200),
        row("A21", "ga", "POST", "/account/group-admin/group/{a}/roles", 204).query("?name=dev").leaves("group_role.created"),
        row("A27", "ga", "PUT", "/account/group-admin/group/{a}/member/{member}", 204).body(r#"{"groupRoles":["member"],"membershipExpiresAt":"2030-04-30"}"#).leaves("member.changed GROUP_MEMBERSHIP_UPDATE"),
        row("A29", "ga", "POST", "/account/group-admin/group/{a}/member/{member}/role", 204).query("?name=dev").leaves("member.roles_changed GROUP_MEMBERSHIP_UPDATE"),
        row("A30", "ga", "DELETE", "/account/group-admin/group/{a}/member/{member}/role/{dev}", 204).leaves("member.roles_changed GROUP_MEMBERSHIP_UPDATE"),
        row("A31", "ga", "POST", "/account/group-admin/group/{a}/member/{member}/suspend", 204).leaves("member.suspended GROUP_MEMBERSHIP_SUSPEND"),
        row("A32", "ga", "POST", "/account/group-admin/group/{a}/member/{member}/activate", 204).leaves("member.resumed GROUP_MEMBERSHIP_CREATE"),
        row("A28", "ga", "DELETE", "/account/group-admin/group/{a}/member/{member}", 204).leaves("member.removed GROUP_MEMBERSHIP_DELETE"),
        row("A25", "ga", "POST", "/account/group-admin/group/{a}/members", 204).body(MEMBER).finds("member", Place).leaves(MEMBER_MADE),
        row("A33", "ga", "PUT", "/account/group-admin/group/{a}/member/user/{u2}", 204).body(r#"{"groupRoles":["member"],"membershipExpiresAt":"2030-05-31"}"#).leaves("member.changed GROUP_MEMBERSHIP_UPDATE"),
        row("A33", "ga", "POST", "/account/group-admin/group/{a}/member/user/{u2}/role", 204).query("?name=dev").leaves("member.roles_changed GROUP_MEMBERSHIP_UPDATE"),
        row("A33", "ga", "DELETE", "/account/group-admin/group/{a}/member/user/{u2}/role/{dev}", 204).leaves("member.roles_changed GROUP_MEMBERSHIP_UPDATE"),
        row("A33", "ga", "POST", "/account/group-admin/group/{a}/member/user/{u2}/suspend", 204).leaves("member.suspended GROUP_MEMBERSHIP_SUSPEND"),
        row("A33", "ga", "POST", "/account/group-admin/group/{a}/member/user/{u2}/activate", 204).leaves("member.resumed GROUP_MEMBERSHIP_CREATE"),
        row("A33", "ga", "DELETE", "/account/group-admin/group/{a}/member/user/{u2}", 204).leaves("member.removed GROUP_MEMBERSHIP_DELETE"),
        row("U6", "u1", "DELETE", "/account/user/group/{a}/member", 204).leaves("member.removed GROUP_MEMBERSHIP_DELETE"),
        row("A34", "ga", "POST", "/account/group-admin/group/{a}/admin", 204).query("?username=u2").leaves("delegation.granted"),
        row("A35", "ga", "DELETE", "/account/group-admin/group/{a}/admin", 204).query("?username=u2").leaves("delegation.revoked"),
        row("§14", "ga", "POST", "/account/group-admin/group/{a}/admin/{u2}", 204).leaves("delegation.granted"),
        row("§14", "ga", "DELETE", "/account/group-admin/group/{a}/admin/{u2}", 204).leaves("delegation.revoked"),
        row("A26", "ga", "POST", "/account/group-admin/group/{a}/members/invitation", 204).body(INVITE).finds("link", Link).leaves("invitation.created"),
        row("U11", "u3", "GET", "/account/user/invitation/{link}", 200),
        row("U12", "u3", "POST", "/account/user/invitation/{link}/accept", 204).body("{}").leaves("invitation.accepted member.added member.roles_changed GROUP_MEMBERSHIP_CREATE"),
        row("A36", "ga", "POST", "/account/group-admin/group/{a}/admin/invite", 204).body(r#"{"email":"$to"}"#).finds("link", Link).leaves("invitation.created"),
        row("U13", "u3", "POST", "/account/user/invitation/{link}/reject", 204).body("{}").leaves("invitation.rejected"),
        row("R1", "root", "PUT", "/admin/configuration", 204).body(r#"{"expiration-notification-period":"9"}"#).leaves("realm.changed"),
        row("R3", "root", "POST", "/admin/member-user-attribute/configuration", 204).body(ENTITLEMENTS).leaves("entitlement_settings.changed"),
        row("R2", "root", "GET", "/admin/member-user-attribute/configuration", 200),
        // Setting what people are entitled to has begun a calculation already.
        row("R4", "root", "POST", "/admin/memberUserAttribute/calculation", 204).leaves("recalculation.started"),
        row("R5", "root", "POST", "/admin/effective-expiration-date/calculation", 204).leaves("recalculation.started"),
        row("R16", "root", "DELETE", "/admin/group/{a}/admin/{ga}", 204).query("?force=true").leaves("delegation.revoked"),
        row("A11", "mg", "DELETE", "/account/group-admin/group/{m}", 204).leaves("group.deleted"),
        row("R11", "root", "POST", "/admin/group", 201).body(r#"{"name":"x"}"#).finds("x", Place).leaves(GROUP_MADE),
        row("R12", "root", "DELETE", "/admin/group/{x}", 204).leaves("group.deleted"),
        row("R18", "root", "DELETE", "/admin/user/{u3}", 204).leaves("user.deprovisioned member.removed GROUP_MEMBERSHIP_DELETE"),
        row("R19", "root", "DELETE", "/admin", 405),
    ]
}

/// A path with each parameter as `{}`.
fn shape(path: &str) -> String {
    let mut parts = path.split(['{', '}']);
    let mut shape = parts.next().unwrap_or_default().to_owned();
    while let (Some(_), Some(rest)) = (parts.next(), parts.next()) {
        shape.push_str("{}");
        shape.push_str(rest);
    }
    shape
}

fn filled(text: &str, known: &BTreeMap<&'static str, String>, mark: fn(&str) -> String) -> String {
    known
        .iter()
        .fold(text.to_owned(), |text, (name, value)| text.replace(&mark(name), value))
}

async fn ask(client: &TestClient, row: &Row, known: &BTreeMap<&'static str, String>) -> Answer {
    let path = filled(row.path, known, |name| format!("{{{name}}}"));
    assert!(!path.contains('{'), "{}: {path} is not filled in", row.of);
    let query = filled(row.query, known, |name| format!("${name}"));
    let method: Method = row.method.parse().expect("a verb");
    let request = client.request(method, &format!("/realms/default/agm{path}{query}"));
    if row.body.is_empty() {
        return request.await;
    }
    let body = filled(row.body, known, |name| format!("${name}"));
    let body: Value = serde_json::from_str(&body).expect("a body");
    request.json(&body).await
}

both! {
    async fn every_row_is_served_and_answers_as_it_is_to(app: TestApp) {
        let provider = app.provider("default").await;
        let mut clients = BTreeMap::new();
        let mut known: BTreeMap<&'static str, String> = BTreeMap::new();
        let roles = |name: &str| match name {
            "root" => json!({ "resource_access": { "realm-management": { "roles": ["realm-admin"] } } }),
            "mg" => json!({ "resource_access": { "account": { "roles": ["manage-groups"] } } }),
            _ => json!({}),
        };
        for name in ["root", "mg", "ga", "u1", "u2", "u3"] {
            known.insert(name, app.user(name).await.to_string());
            let mut claims = roles(name);
            claims["email"] = json!(format!("{name}@example.org"));
            claims["email_verified"] = json!(true);
            let client = app.bearer(&provider.token(name, &claims));
            client.get("/realms/default/agm/account/user/groups").await.expect(200);
            clients.insert(name, client);
        }
        for (name, value) in [("lead", "lead"), ("chief", "chief"), ("dev", "dev"), ("name", "u2"), ("to", "u3@example.org")] {
            known.insert(name, value.to_owned());
        }

        let (mut wrong, mut asked) = (Vec::new(), 0);
        for row in &table() {
            let earlier = app.events().await.len();
            let answer = ask(&clients[row.who], row, &known).await;
            asked += 1;
            let facts = app.events().await.split_off(earlier);
            let mut left: Vec<&str> = facts.iter().map(|fact| fact.kind.as_str()).filter(|kind| !kind.starts_with("mail.")).collect();
            let mut leaves: Vec<&str> = row.leaves.split_whitespace().collect();
            left.sort_unstable();
            leaves.sort_unstable();
            if left != leaves {
                wrong.push(format!("{} {} {} leaves {left:?} instead of {leaves:?}", row.of, row.method, row.path));
            }
            let actor = format!("user:{}", known[row.who]);
            if let Some(other) = facts.iter().find(|fact| fact.actor != actor) {
                wrong.push(format!("{} {} {}: {} is by {}", row.of, row.method, row.path, other.kind, other.actor));
            }
            let reads = row.method == "GET" || row.status >= 400;
            assert!(reads || !leaves.is_empty(), "{} {}: a write that says of nothing that it leaves it", row.of, row.path);
            if answer.status != row.status {
                wrong.push(format!("{} {} {}: {} instead of {}", row.of, row.method, row.path, answer, row.status));
                if row.finds.is_some() {
                    break;
                }
                continue;
            }
            // Decisions that were put off are made: the next row stands on them.
            app.run_jobs().await;
            let found = row.finds.map(|(name, found)| (name, match found {
                Found::Place => answer.header("location").rsplit('/').next().unwrap_or_default().to_owned(),
                Found::At(pointer) => answer.at(pointer).as_str().unwrap_or_default().to_owned(),
                Found::Link => String::new(),
            }));
            let Some((name, mut value)) = found else { continue };
            if value.is_empty() {
                let mails = app.deliver_mail().await;
                let mail = mails.iter().rfind(|mail| mail.to.contains(&known["to"])).expect("a mail with a link");
                let path = mail.path_to("invitation");
                value = path.rsplit('/').next().map(str::to_owned).unwrap_or_default();
            }
            assert!(!value.is_empty(), "{} {} has no {name}: {answer}", row.of, row.path);
            known.insert(name, value);
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));

        let listed: BTreeSet<(String, String)> =
            table().iter().map(|row| (row.method.to_owned(), shape(row.path))).collect();
        let served: BTreeSet<(String, String)> = faces::routes()
            .into_iter()
            .filter(|route| route.face == Face::Agm)
            .map(|route| (route.method.to_string(), shape(route.path.trim_start_matches("/realms/{realm}/agm"))))
            .collect();
        assert_eq!(listed, served);
        let rows: BTreeSet<&str> = table().iter().map(|row| row.of).filter(|row| row.starts_with(['U', 'A', 'R'])).collect();
        assert_eq!(rows.len(), 68);
        let spellings = table().iter().filter(|row| row.of == "§14").count();
        let more = table().iter().filter(|row| row.of == "+").count();
        testkit::figure!("{} rows, {spellings} other spellings, {more} additions: {} routes, {asked} requests, on {:?}", rows.len(), served.len(), app.engine());
    }
}
