//! What mails look like, whatever people are called and write: 68.

use std::collections::BTreeSet;

use serde_json::json;

use super::world::{World, text};

/// What somebody is called who wants a mail to say what nobody wrote.
const HOSTILE: &str = "Eve <img src=x onerror=a> {{ 7*7 }} & co";
/// What somebody writes who wants others to click.
const LURE: &str = "Eve </p><a href=\"https://evil.example/a\">click</a> <img src=x>";
/// How that begins in HTML where it is text.
const ESCAPED: &str = "Eve &lt;";

/// What is not played here: it takes settings of the realm, terms, members of a group that is deleted, or the native API (reviews
/// and elevations, played in `faces/tests/it/api/managed`). That each of them is
/// whole is looked at all the same, and each with hostile values where it is made (`directory/src/mail/message/tests.rs`).
const UNPLAYED: [&str; 23] = [
    "admin_digest",
    "confirmation",
    "delete_group_admin_inform",
    "elevation_admin_inform",
    "eligible_user_inform",
    "expired_group_membership_admin",
    "group_deleted_member",
    "invitation",
    "invitation_expired",
    "request_archived",
    "request_closed",
    "request_closed_admin",
    "request_reminder",
    "review_begun",
    "review_closed",
    "review_held",
    "review_reminder",
    "self_approval_admin",
    "sign_in",
    "terms_lapsed",
    "terms_reminder",
    "test",
    "token_expiry",
];

/// Every template in both languages, and the mails of everything that can be done among people with such names.
pub(super) fn t68(world: &World<'_>) {
    let all = templates(world);
    for person in ["root", "mg", "ga", "gb", "u1", "u2"] {
        let named = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{ "op": "add", "path": "displayName", "value": HOSTILE }] });
        let path = format!("/realms/{{realm}}/scim/v2/Users/{}", world.id(person));
        world.admin("PATCH", &path, Some(&named)).expect(200);
    }
    let before = world.stage.sink.taken().len();
    let asks = json!({ "groupEnrollmentConfiguration": { "id": world.way("/x") }, "groupRoles": ["member"], "comments": LURE });
    world.by("mgx").post("/account/user/enroll-request", &asks).expect(204);
    super::traces::everything(world);
    world.add_member("/x", "gb", &json!({ "membershipExpiresAt": world.day(30) }));
    world.add_member("/x", "ga", &json!({ "validFrom": world.day(4) }));
    // What was sent is forgotten after a while: so the list is read in between.
    let mut seen = BTreeSet::new();
    for days in ["1m", "10d", "22d"] {
        world.advance(days);
        seen.extend(world.mails().into_iter().map(|(template, _)| template));
    }
    let taken = world.stage.sink.taken().split_off(before);
    let mut hostile = 0;
    for mail in &taken {
        let whole = &mail.text;
        let (head, html) = whole
            .split_once("text/html")
            .unwrap_or_else(|| panic!("no HTML in {whole}"));
        assert!(head.contains("text/plain"), "no text in {whole}");
        for part in ["<img src=x", "<a href=\"https://evil", "{{", "{%"] {
            assert!(!html.replace("{{ 7*7 }}", "").contains(part), "{part} in {whole}");
        }
        for link in html.split("href=\"").skip(1) {
            let link = link.split('"').next().unwrap_or_default();
            let is_ours = link.contains(&format!("/realms/{}/", world.realm)) && !link.contains("evil");
            assert!(is_ours || link.starts_with("mailto:"), "a link to {link} in {whole}");
        }
        if html.contains(ESCAPED) {
            hostile += 1;
            assert!(head.contains("Eve <"), "the text has no name in {whole}");
        }
    }
    assert!(hostile > 20, "{hostile} of {} mails name somebody", taken.len());
    let unseen: Vec<&String> = all.difference(&seen).collect();
    assert_eq!(unseen, UNPLAYED);
}

/// The names of all templates, each of which is whole in both languages.
fn templates(world: &World<'_>) -> BTreeSet<String> {
    let listed = world
        .admin("GET", "/api/v1/realms/{realm}/mails/templates", None)
        .expect(200)
        .json();
    let names: BTreeSet<String> = listed["items"]
        .as_array()
        .expect("items")
        .iter()
        .map(|item| text(&item["name"]))
        .collect();
    for name in &names {
        let mut subjects = BTreeSet::new();
        for language in ["en", "de"] {
            let path = format!("/api/v1/realms/{{realm}}/mails/templates/{name}?language={language}");
            let shown = world.admin("GET", &path, None).expect(200).json();
            let forms = shown["forms"].as_array().expect("forms").clone();
            assert!(!forms.is_empty(), "{name} has no form");
            for form in forms {
                let (subject, plain, html) = (text(&form["subject"]), text(&form["text"]), text(&form["html"]));
                assert!(!subject.is_empty() && !plain.is_empty(), "{form}");
                assert!(!plain.contains('{') && !plain.contains("</"), "{plain}");
                assert!(
                    html.contains(&format!("lang=\"{language}\"")) && !html.contains("{{") && !html.contains("{%"),
                    "{html}"
                );
                subjects.insert((language, subject));
            }
        }
        let of = |language| {
            subjects
                .iter()
                .filter(move |(known, _)| *known == language)
                .map(|(_, subject)| subject)
        };
        assert!(
            of("en").all(|subject| of("de").all(|other| other != subject)),
            "{name} has one subject in two languages: {subjects:?}"
        );
    }
    names
}
