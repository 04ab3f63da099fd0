//! The end of tokens: what is told before it and at it.

use directory::client::{ClientSettings, CreateClient, Profile};
use directory::mail::{MailState, Template};
use directory::realm::JitMode;
use directory::token::{CreateToken, Origin, RevokeToken, Token};
use directory::user::GrantRole;
use directory::{Id, Principal, RealmId, Role, Scopes, Timestamp};
use serde_json::{Value, json};
use testkit::{Program, TestApp, both};

const DAY: i64 = 86_400;

/// A program without a secret of its own: what it may do hangs on its tokens.
async fn program(app: &TestApp) -> Id<directory::client::Client> {
    let command = CreateClient {
        name: "hr".into(),
        profile: Profile::Generic,
        scopes: Scopes::parse("scim:read scim:write").expect("scopes"),
        invite: None,
        idp: false,
        pending_active: None,
        policy: None,
        settings: ClientSettings::default(),
        with_secret: false,
    };
    let created = app.directory().execute(&app.operator().await, command).await;
    created.expect("made").client.id
}

async fn token(
    app: &TestApp,
    client: Id<directory::client::Client>,
    scopes: &str,
    expires_at: Option<Timestamp>,
) -> Id<Token> {
    let command = CreateToken {
        client,
        user: None,
        name: Some("nightly".into()),
        description: String::new(),
        scopes: Some(Scopes::parse(scopes).expect("scopes")),
        expires_at,
        origin: Origin::Issued,
    };
    let created = app.directory().execute(&app.operator().await, command).await;
    created.expect("made").token.id
}

/// Where the switch went, by the events: `true` = a first sign-in makes an account.
async fn flips(app: &TestApp) -> Vec<bool> {
    let events = app.events().await.into_iter();
    let flips = events.filter(|event| event.kind == "jit.changed");
    flips.map(|event| event.body["after"] == true).collect()
}

async fn effective(app: &TestApp) -> bool {
    let realm = app.directory().realm("default").await.expect("there");
    let answer = app.directory().jit_effective(&app.operator().await, &realm).await;
    answer.expect("answered")
}

/// A person who administers the realm, with these attributes.
async fn administrator(app: &TestApp, name: &str, mut attributes: Value) {
    attributes["userName"] = name.into();
    let id = app.user_with("default", attributes).await;
    let role = Role::RealmAdmin;
    let granted = app
        .directory()
        .execute(&app.operator().await, GrantRole { id, role })
        .await;
    granted.expect("granted");
}

/// The one there is.
fn only<T: std::fmt::Debug>(mut list: Vec<T>) -> T {
    assert_eq!(list.len(), 1, "{list:?}");
    list.remove(0)
}

both! {
    async fn the_last_token_that_expires_flips_the_switch_once(app: TestApp) {
        let client = program(&app).await;
        token(&app, client, "scim:write", Some(app.now().plus_seconds(DAY))).await;
        token(&app, client, "scim:read", Some(app.now().plus_seconds(2 * DAY))).await;
        app.pass(DAY - 1).await;
        assert_eq!(flips(&app).await, [false]);
        app.pass(1).await;
        assert!(effective(&app).await);
        assert_eq!(flips(&app).await, [false, true]);
        app.pass(40 * DAY).await;
        assert_eq!(flips(&app).await, [false, true]);
    }

    async fn a_token_that_expires_beside_another_flips_nothing(app: TestApp) {
        let client = program(&app).await;
        token(&app, client, "scim:write", Some(app.now().plus_seconds(DAY))).await;
        token(&app, client, "scim:write", None).await;
        app.pass(2 * DAY).await;
        assert_eq!(flips(&app).await, [false]);
    }

    async fn tokens_that_expire_at_once_flip_the_switch_once(app: TestApp) {
        let client = program(&app).await;
        for _ in 0..3 {
            token(&app, client, "scim:write", Some(app.now().plus_seconds(DAY))).await;
        }
        app.pass(DAY).await;
        assert_eq!(flips(&app).await, [false, true]);
    }

    async fn what_happens_before_the_end_is_told_keeps_the_events_in_turn(app: TestApp) {
        let client = program(&app).await;
        let first = token(&app, client, "scim:write", Some(app.now().plus_seconds(DAY))).await;
        app.clock().advance(DAY);
        assert!(effective(&app).await, "the end counts at once, also while nobody has told of it");
        // A new one comes before the job of the old one has run: nothing has changed by the events.
        let second = token(&app, client, "scim:write", Some(app.now().plus_seconds(DAY))).await;
        app.run_jobs().await;
        assert_eq!(flips(&app).await, [false]);
        // It expires, and is revoked before anybody has told of its end.
        app.clock().advance(DAY);
        app.directory().execute(&app.operator().await, RevokeToken { id: second }).await.expect("revoked");
        assert_eq!(flips(&app).await, [false, true]);
        app.directory().execute(&app.operator().await, RevokeToken { id: first }).await.expect("revoked");
        app.run_jobs().await;
        assert_eq!(flips(&app).await, [false, true]);
    }

    async fn a_switch_that_is_set_is_not_flipped_by_an_end(app: TestApp) {
        let client = program(&app).await;
        app.set_realm("default", |settings| settings.oidc.jit = Some(JitMode::On)).await;
        token(&app, client, "scim:write", Some(app.now().plus_seconds(DAY))).await;
        app.pass(DAY).await;
        assert!(flips(&app).await.is_empty());
        app.set_realm("default", |settings| settings.oidc.jit = Some(JitMode::Off)).await;
        token(&app, client, "scim:write", Some(app.now().plus_seconds(DAY))).await;
        app.pass(DAY).await;
        assert_eq!(flips(&app).await, [false]);
        // Left to itself again, it stands where no token is valid.
        app.set_realm("default", |settings| settings.oidc.jit = None).await;
        assert_eq!(flips(&app).await, [false, true]);
    }

    async fn a_token_of_a_program_with_a_secret_flips_nothing(app: TestApp) {
        let end = app.now().plus_seconds(DAY);
        app.token("hr", &["scim:write"], &Program::default().expires_at(end)).await;
        app.pass(2 * DAY).await;
        assert_eq!(flips(&app).await, [false]);
    }

    async fn the_person_a_token_acts_as_is_warned_in_their_language(app: TestApp) {
        administrator(&app, "boss", json!({})).await;
        let ann = json!({ "userName": "ann", "displayName": "Ann", "preferredLanguage": "de", "emails": [{ "value": "ann@example.org" }] });
        let ann = app.user_with("default", ann).await;
        let program = Program::default().acts_as(ann).token_scopes(&["scim:me"]).expires_at(app.now().plus_seconds(30 * DAY));
        let token = app.token("phone", &["scim:read", "scim:me"], &program).await;
        app.pass(23 * DAY - 1).await;
        assert!(app.deliver_mail().await.is_empty());
        app.pass(1).await;
        let mail = only(app.deliver_mail().await);
        assert_eq!((mail.to.as_str(), mail.subject.as_str()), ("ann@example.org", "Das Token von phone läuft am 31. Januar 2030 ab"));
        let commands = [
            format!("   usher token create --scope scim:me --user {ann} phone\n"),
            format!("   usher token revoke {}\n", token.token.id),
        ];
        for part in ["Guten Tag Ann,", &commands[0], &commands[1]] {
            assert!(mail.text.contains(part), "{part} is not in\n{}", mail.text);
        }
        assert!(!mail.text.contains(token.plain.reveal()) && !mail.html.contains(token.plain.reveal()));
        let events = app.events().await;
        let queued = events.iter().find(|event| event.kind == "mail.queued").expect("told");
        assert_eq!(queued.body["token"], token.token.id.to_string());
        assert_eq!((&queued.body["user"], &queued.body["address"]), (&json!(ann.to_string()), &Value::Null));
        app.pass(40 * DAY).await;
        assert!(app.deliver_mail().await.is_empty(), "once");
    }

    async fn else_those_who_administer_the_realm_are_warned(app: TestApp) {
        administrator(&app, "boss", json!({ "emails": [{ "value": "boss@example.org" }] })).await;
        administrator(&app, "deputy", json!({ "emails": [{ "value": "deputy@example.org" }] })).await;
        administrator(&app, "same", json!({ "emails": [{ "value": "boss@example.org" }] })).await;
        administrator(&app, "unreachable", json!({})).await;
        administrator(&app, "away", json!({ "emails": [{ "value": "away@example.org" }], "active": false })).await;
        app.user("ann").await;
        app.set_realm("default", |settings| settings.support = Some("help@example.org".into())).await;
        let client = program(&app).await;
        token(&app, client, "scim:read", Some(app.now().plus_seconds(8 * DAY))).await;
        app.pass(DAY).await;
        let mut to: Vec<_> = app.deliver_mail().await.into_iter().map(|mail| mail.to).collect();
        to.sort_unstable();
        assert_eq!(to, ["boss@example.org", "deputy@example.org"]);
    }

    async fn at_most_twenty_administrators_are_warned(app: TestApp) {
        for number in 0..23 {
            let name = format!("boss{number}");
            administrator(&app, &name, json!({ "emails": [{ "value": format!("{name}@example.org") }] })).await;
        }
        let client = program(&app).await;
        token(&app, client, "scim:read", Some(app.now().plus_seconds(8 * DAY))).await;
        app.pass(DAY).await;
        assert_eq!(app.deliver_mail().await.len(), 20);
    }

    async fn else_the_support_of_the_realm_is_warned_if_it_reads_mail(app: TestApp) {
        let client = program(&app).await;
        let ends_in = async |days: i64| token(&app, client, "scim:read", Some(app.now().plus_seconds(days * DAY))).await;
        ends_in(8).await;
        app.set_realm("default", |settings| settings.support = Some("help@example.org".into())).await;
        app.pass(DAY).await;
        let mail = only(app.deliver_mail().await);
        assert_eq!((mail.to.as_str(), mail.subject.as_str()), ("help@example.org", "The token of hr expires on 9 January 2030"));
        let queued = app.events().await.into_iter().find(|event| event.kind == "mail.queued").expect("told");
        assert_eq!((&queued.body["user"], &queued.body["address"]), (&Value::Null, &json!("h***@example.org")));
        assert!(mail.text.starts_with("Hello,\n"), "{}", mail.text);
        for support in [Some("https://help.example.org/".to_owned()), None] {
            app.set_realm("default", |settings| settings.support = support).await;
            ends_in(8).await;
            app.pass(DAY).await;
            assert!(app.deliver_mail().await.is_empty());
        }
        let warned = app.event_kinds().await.iter().filter(|kind| *kind == "token.expires_soon").count();
        assert_eq!(warned, 3, "that is told whoever hears of it");
    }

    async fn a_token_that_has_ended_is_not_warned_of(app: TestApp) {
        administrator(&app, "boss", json!({ "emails": [{ "value": "boss@example.org" }] })).await;
        let client = program(&app).await;
        let id = token(&app, client, "scim:read", Some(app.now().plus_seconds(8 * DAY))).await;
        app.directory().execute(&app.operator().await, RevokeToken { id }).await.expect("revoked");
        // One that lives shorter than the warning comes early is not warned of either.
        token(&app, client, "scim:read", Some(app.now().plus_seconds(6 * DAY))).await;
        app.pass(9 * DAY).await;
        assert!(app.deliver_mail().await.is_empty());
    }

    async fn a_warning_is_a_mail_like_others(app: TestApp) {
        administrator(&app, "boss", json!({ "emails": [{ "value": "boss@example.org" }] })).await;
        let client = program(&app).await;
        token(&app, client, "scim:read", Some(app.now().plus_seconds(8 * DAY))).await;
        app.pass(DAY).await;
        let operator = app.operator().await;
        let queued = only(app.directory().mails(&operator, None, 10).await.expect("read"));
        assert_eq!((queued.template, queued.state), (Template::TokenExpiry, MailState::Queued));
        assert!(app.directory().mail(&operator, queued.id).await.expect("read").message.is_some());
        app.deliver_mail().await;
        let sent = app.directory().mail(&operator, queued.id).await.expect("read");
        assert_eq!(sent.mail.state, MailState::Sent);
        assert!(sent.message.is_none(), "what it said is erased");
        assert_eq!(app.event_kinds().await.last().map(String::as_str), Some("mail.changed"));
    }

    async fn with_a_standing_clock_the_warning_is_sent_at_its_time(app: TestApp) {
        let begin = app.now();
        app.directory().set_standing_clock(begin).await.expect("it stands");
        administrator(&app, "boss", json!({ "emails": [{ "value": "boss@example.org" }] })).await;
        let client = program(&app).await;
        token(&app, client, "scim:write", Some(begin.plus_seconds(30 * DAY))).await;
        let installation = Principal::operator(RealmId::INSTALLATION);
        app.directory().advance(&installation, begin.plus_seconds(40 * DAY), Vec::new()).await.expect("moved");
        let at = async |kind: &'static str| {
            let rows = app.db().scan("SELECT at FROM events WHERE kind = ?1 ORDER BY id", &[kind.into()]).await.expect("read");
            rows.into_iter().map(|mut row| row.take::<i64>(0).expect("an instant")).collect::<Vec<_>>()
        };
        assert_eq!(at("mail.queued").await, [begin.plus_seconds(23 * DAY).millis()]);
        assert_eq!(at("jit.changed").await, [begin.millis(), begin.plus_seconds(30 * DAY).millis()]);
    }
}
