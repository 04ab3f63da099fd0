//! Answers as they leave the socket: whole, with a length that is theirs.

use db::Engine;
use serde_json::{Value, json};

use crate::support::{Http, Place};

const USERS: &str = "/scim/v2/Users";

#[test]
fn refusals_to_wire_arrive_whole_on_sqlite() {
    refusals_to_wire_arrive_whole(Engine::Sqlite);
}

#[test]
fn refusals_to_wire_arrive_whole_on_postgres() {
    refusals_to_wire_arrive_whole(Engine::Postgres);
}

fn refusals_to_wire_arrive_whole(engine: Engine) {
    let place = Place::on(engine);
    let usher = place.serve();
    let token = place.token("wire", "scim:read,scim:write", &["--profile", "wire"]);
    let mut http = usher.http().bearer(&token);
    let ann = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "externalId": "ann@x.example", "userName": "ann", "displayName": "Ann", "emails": [{ "value": "ann@x.example" }],
    });
    http.post(USERS, &ann).expect(201);
    let refused = |http: &mut Http, method: &str, path: &str, body: &Value, status: u16| {
        let answer = http
            .try_json(method, path, body)
            .expect("a whole answer")
            .expect(status);
        let text = answer.json();
        assert_eq!(text["status"], status.to_string());
        assert!(text["urn:usher:error"]["label"].is_string(), "{text}");
        assert_eq!(answer.header("content-length"), answer.text.len().to_string());
    };
    let nobody = format!("{USERS}/00000000-0000-7000-8000-000000000000");
    // All over one connection: an answer that is cut, or has more than it says, would spoil the next.
    for _ in 0..2 {
        refused(&mut http, "POST", USERS, &ann, 409);
        refused(&mut http, "GET", &nobody, &Value::Null, 404);
        refused(&mut http, "PUT", &nobody, &ann, 404);
        refused(&mut http, "GET", &nobody.replace("Users", "Groups"), &Value::Null, 404);
    }
    http.get(USERS).expect(200);
    usher.stop();
}

#[test]
fn what_cannot_be_read_as_a_request_is_refused_in_words() {
    let place = Place::on(Engine::Sqlite);
    let usher = place.serve();
    let long = format!("{USERS}?filter={}", "x".repeat(70_000));
    let heads = format!("Cookie: {}\r\n", "x".repeat(1_000_000));
    for (path, head, status) in [
        (long.as_str(), "", 414),
        (USERS, heads.as_str(), 431),
        ("/scim/v2/Users?filter=userName eq \"a\"", "", 400),
    ] {
        let answer = usher
            .http()
            .try_send("GET", path, head, "")
            .expect("a whole answer")
            .expect(status);
        let body = answer.json();
        assert_eq!(body["schemas"][0], "urn:ietf:params:scim:api:messages:2.0:Error");
        assert_eq!(body["status"], status.to_string());
        assert!(body["detail"].as_str().is_some_and(|detail| !detail.is_empty()));
        assert!(answer.header("content-type").starts_with("application/scim+json"));
    }
    usher.http().get("/scim/v2/ServiceProviderConfig").expect(200);
    usher.stop();
}

#[test]
fn a_granted_token_lives_for_the_hour_that_is_said() {
    let place = Place::on(Engine::Sqlite);
    let usher = place.serve();
    let made = place.json(&["client", "create", "hr", "--scope", "scim:read"]);
    let of = |name: &str| made[name].as_str().unwrap_or_default().to_owned();
    let form = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}",
        of("client_id"),
        of("client_secret")
    );
    let granted = usher.http().post_form("/oauth2/token", &form).expect(200).json();
    assert_eq!(granted["expires_in"], 3600);
    usher.stop();
}
