//! scim2-cli with a token from `/oauth/token`, as users of Canaille run it.

use db::Engine;
use serde_json::Value;

use crate::support::{Place, Scim2, Usher};

#[test]
fn on_sqlite() {
    a_user_and_a_group_live_and_end(Engine::Sqlite);
}

#[test]
fn on_postgres() {
    a_user_and_a_group_live_and_end(Engine::Postgres);
}

fn a_user_and_a_group_live_and_end(engine: Engine) {
    let place = Place::on(engine);
    let usher = place.serve();
    let scim2 = Scim2::new(&format!("{}/scim/v2", usher.url), &token(&place, &usher));

    let user = scim2.json(&[
        "create",
        "user",
        "--user-name",
        "bjensen",
        "--name",
        r#"{"formatted": "Barbara Jensen", "familyName": "Jensen", "givenName": "Barbara"}"#,
        "--emails",
        r#"[{"value": "bjensen@example.com", "primary": true}]"#,
        "--enterpriseuser",
        r#"{"employeeNumber": "701984"}"#,
    ]);
    let id = id_of(&user);

    let found = scim2.json(&["query", "user", "bjensen"]);
    assert_eq!(
        (id_of(&found), &found["userName"]),
        (id.clone(), &Value::from("bjensen"))
    );
    let listed = scim2.json(&["query", "user", "--filter", "userName eq \"bjensen\""]);
    assert_eq!(listed["totalResults"], 1, "{listed}");

    // userName never changes there, so a replacement does not carry it.
    let replaced = scim2.json(&[
        "replace",
        "user",
        "--id",
        &id,
        "--name",
        r#"{"formatted": "Babs Jensen", "familyName": "Jensen"}"#,
        "--emails",
        r#"[{"value": "babs@example.com", "primary": true}]"#,
        "--enterpriseuser",
        r#"{"employeeNumber": "701984"}"#,
    ]);
    assert_eq!(replaced["emails"][0]["value"], "babs@example.com", "{replaced}");
    assert_eq!(replaced["userName"], "bjensen", "{replaced}");
    assert_eq!(replaced["name"]["givenName"], Value::Null, "{replaced}");

    scim2.text(&["modify", "user", &id, "replace", "displayName", "Babs"]);
    assert_eq!(scim2.json(&["query", "user", &id])["displayName"], "Babs");

    let searched = scim2.json(&["search", "user", "--filter", "displayName eq \"Babs\""]);
    assert_eq!(searched["Resources"][0]["id"], id.as_str(), "{searched}");

    let members = format!(r#"[{{"value": "{id}"}}]"#);
    let group = scim2.json(&[
        "create",
        "group",
        "--display-name",
        "tour guides",
        "--members",
        &members,
    ]);
    let group = id_of(&group);
    let found = scim2.json(&["query", "group", &group]);
    assert_eq!(found["members"][0]["value"], id.as_str(), "{found}");
    let searched = scim2.json(&["search", "group", "--filter", "displayName eq \"tour guides\""]);
    assert_eq!(searched["totalResults"], 1, "{searched}");
    let replaced = scim2.json(&["replace", "group", "--id", &group, "--members", &members]);
    assert_eq!(replaced["displayName"], "tour guides", "{replaced}");
    scim2.text(&[
        "modify",
        "group",
        &group,
        "remove",
        &format!("members[value eq \"{id}\"]"),
    ]);
    let emptied = scim2.json(&["query", "group", &group]);
    assert!(emptied["members"].as_array().is_none_or(Vec::is_empty), "{emptied}");

    scim2.text(&["delete", "group", &group]);
    scim2.text(&["delete", "user", &id]);
    let gone = [
        "query user bjensen".to_owned(),
        format!("query user {id}"),
        format!("query group {group}"),
    ];
    for words in &gone {
        let words: Vec<&str> = words.split(' ').collect();
        let said = scim2.says(&words);
        assert!(said.contains("404"), "{words:?}: {said}");
    }
    testkit::figure!("scim2-cli on {engine:?}: user and group created, queried, replaced, modified, searched, deleted");
}

/// A token from `/oauth/token` for a new client with Canaille's profile.
fn token(place: &Place, usher: &Usher) -> String {
    let client = place.json(&[
        "client",
        "create",
        "canaille",
        "--scope",
        "scim:read,scim:write",
        "--profile",
        "canaille",
    ]);
    let word = |name: &str| {
        client[name]
            .as_str()
            .unwrap_or_else(|| panic!("{name} of {client}"))
            .to_owned()
    };
    let form = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}",
        word("client_id"),
        word("client_secret")
    );
    let answer = usher.http().post_form("/oauth/token", &form).expect(200).json();
    answer["access_token"].as_str().expect("a token").to_owned()
}

fn id_of(resource: &Value) -> String {
    let id = resource["id"].as_str();
    id.unwrap_or_else(|| panic!("no id: {resource}")).to_owned()
}
