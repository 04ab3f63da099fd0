//! `usher client`: what is rarely set of a program.

use db::Engine;
use serde_json::json;

use crate::support::Place;

#[test]
fn what_is_rarely_set_of_a_client_is_set_shown_and_unset() {
    let place = Place::on(Engine::Sqlite);
    place.json(&[
        "client",
        "create",
        "hr",
        "--scope",
        "scim:read",
        "--user-name-transform",
        "local_part",
        "--unknown-attributes",
        "reject",
    ]);
    let shown = || place.json(&["client", "show", "hr"])["settings"].clone();
    assert_eq!(
        shown(),
        json!({ "unknown_attributes": "reject", "user_name_transform": "local_part" })
    );
    place.run(&[
        "client",
        "set",
        "hr",
        "--unknown-attributes",
        "",
        "--post-conflict",
        "adopt_same_external_id",
        "--suspend-before-delete-days",
        "30",
    ]);
    assert_eq!(
        shown(),
        json!({ "user_name_transform": "local_part", "post_conflict": "adopt_same_external_id", "suspend_before_delete_days": 30 })
    );
    for (words, known) in [
        (["--unknown-attributes", "store"], "extension schema"),
        (["--unknown-attributes", "drop"], "ignore, reject"),
        (["--user-name-transform", "upper"], "local_part, replace_invalid"),
        (["--user-name-transform", "replace_invalid"], "profile wire"),
        (["--post-conflict", "500"], "409, adopt_same_external_id"),
        (["--suspend-before-delete-days", "many"], "0 to 3650 days"),
    ] {
        let (done, said) = place.attempt(&[&["client", "set", "hr"], words.as_slice()].concat());
        assert!(!done && said.contains(known), "{words:?}: {said}");
    }
    // A token of a program that is there does not change it.
    let (done, said) = place.attempt(&["token", "create", "hr", "--unknown-attributes", "ignore"]);
    assert!(!done && said.contains("usher client set hr"), "{said}");
}

#[test]
fn whom_a_program_deletes_is_shown_with_the_date_and_restored() {
    let place = Place::on(Engine::Sqlite);
    let usher = place.serve();
    let token = place.token("hr", "scim:read,scim:write", &["--suspend-before-delete-days", "14"]);
    let mut http = usher.http().bearer(&token);
    let id = place.run(&["user", "create", "ann", "--quiet"]);
    let path = format!("/scim/v2/Users/{id}");
    http.try_send("DELETE", &path, "", "").expect("an answer").expect(204);
    http.get(&path).expect(404);
    let shown = place.json(&["user", "show", "ann"]);
    assert_eq!(shown["lifecycle"], "suspended");
    let leaves_at = shown["leaves_at"].as_str().expect("a date");
    assert!(place.run(&["user", "list"]).contains(leaves_at));
    let said = place.run(&["user", "restore", "ann"]);
    assert!(said.contains("ann stays and is active"), "{said}");
    http.get(&path).expect(200);
    assert_eq!(place.json(&["user", "show", "ann"]).get("leaves_at"), None);
    assert!(!place.run(&["user", "list"]).to_lowercase().contains("leaves"));
    let (done, said) = place.attempt(&["user", "restore", "ann"]);
    assert!(!done && said.contains("not leaving"), "{said}");
}
