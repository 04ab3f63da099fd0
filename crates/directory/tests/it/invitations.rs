//! Invitations: the link in the mail, what it is good for and for how long, and what is left of it.

use directory::delivery::Outcome;
use directory::invitation::{
    AcceptInvitation, Accepted, Invitation, InvitationQuery, InvitationState, InviteNewUser, InviteUser, LinkState,
    MailFact, Offer, OnAcceptance, OpenInvitation, Provisioning, RejectInvitation, ResendInvitation, RevokeInvitation,
};
use directory::mail::{EmailAddress, Language};
use directory::user::{GrantRole, Lifecycle, User};
use directory::{Error, Id, Principal, Refusal, Role};
use serde_json::{Value, json};
use testkit::{Program, TestApp, both};

use crate::support::{create, delete, not_found, patch, put, refusal, view};

const DAY: i64 = 86_400;

/// A program whose people are invited, and that is shown `active:true` while they are.
pub(crate) async fn hr(app: &TestApp) -> Principal {
    app.principal(
        "hr",
        &["scim:read", "scim:write", "invite"],
        Program::default().invites(),
    )
    .await
}

/// A program that speaks as Wire's do.
async fn wire(app: &TestApp) -> Principal {
    app.principal("wire", &["scim:read", "scim:write"], Program::default().profile("wire"))
        .await
}

pub(crate) fn ann() -> Value {
    json!({ "userName": "ann", "externalId": "ann-1", "displayName": "Ann Bee", "emails": [{ "value": "ann@example.org" }] })
}

/// The secret in the link of the last mail that was taken.
pub(crate) fn secret(app: &TestApp) -> String {
    let path = app.mails().last().expect("a mail").invitation_path();
    path.rsplit('/').next().expect("a secret").to_owned()
}

/// Invites Ann and delivers the mail; answers with her and the link's secret.
pub(crate) async fn invited(app: &TestApp, who: &Principal) -> (User, String) {
    let user = create(app, who, ann()).await.expect("created");
    app.deliver_mail().await;
    (user, secret(app))
}

pub(crate) async fn accept(app: &TestApp, secret: &str) -> Result<Accepted, Error> {
    let nobody = Principal::nobody(app.realm("default").await);
    app.directory()
        .execute(
            &nobody,
            AcceptInvitation {
                secret: secret.to_owned(),
            },
        )
        .await
}

async fn reject(app: &TestApp, secret: &str) -> Result<Invitation, Error> {
    let nobody = Principal::nobody(app.realm("default").await);
    app.directory()
        .execute(
            &nobody,
            RejectInvitation {
                secret: secret.to_owned(),
            },
        )
        .await
}

async fn link_state(app: &TestApp, secret: &str) -> LinkState {
    let realm = app.directory().realm("default").await.expect("a realm");
    app.directory()
        .invitation_behind(&realm, secret)
        .await
        .expect("read")
        .state
}

/// The only invitation there is.
pub(crate) async fn the_invitation(app: &TestApp) -> Invitation {
    let mut all = all(app, InvitationQuery::default()).await;
    assert_eq!(all.len(), 1);
    all.remove(0)
}

async fn all(app: &TestApp, query: InvitationQuery) -> Vec<Invitation> {
    app.directory()
        .invitations(&app.operator().await, &query)
        .await
        .expect("read")
}

async fn user(app: &TestApp, id: Id<User>) -> Value {
    view(app, &app.operator().await, id).await.expect("shown")
}

/// How many rows hold that text in a column that could hold it.
async fn rows_with(app: &TestApp, text: &str) -> usize {
    let mut found = 0;
    for (table, columns) in [
        ("mails", &["variables", "last_error", "recipient"] as &[&str]),
        ("events", &["body"]),
        ("deliveries", &["payload", "last_error"]),
        ("jobs", &["payload", "last_error"]),
        ("invitations", &["address", "last_error"]),
    ] {
        for column in columns {
            let rows = app
                .db()
                .scan(&format!("SELECT {column} FROM {table}"), &[])
                .await
                .expect("read");
            for mut row in rows {
                let value: Option<String> = row.take(0).expect("text");
                found += usize::from(value.is_some_and(|value| value.contains(text)));
            }
        }
    }
    found
}

both! {
    async fn an_invited_person_accepts_and_is_active(app: TestApp) {
        let hr = hr(&app).await;
        let (invitee, secret) = invited(&app, &hr).await;
        assert_eq!(invitee.lifecycle, Lifecycle::Invited);
        assert_eq!(secret.len(), 43);
        let mail = app.mails().pop().expect("a mail");
        assert_eq!(mail.to, "ann@example.org");
        assert_eq!(mail.links()[0], format!("https://usher.example/realms/default/invitation/{secret}"));
        assert!(mail.text.contains("Ann Bee"));

        let accepted = accept(&app, &secret).await.expect("accepted");
        assert_eq!(accepted.user.id, invitee.id);
        assert_eq!(accepted.user.lifecycle, Lifecycle::Active);
        let invitation = the_invitation(&app).await;
        assert_eq!(invitation, accepted.invitation);
        assert_eq!(invitation.state, InvitationState::Accepted);
        assert_eq!(invitation.mail, MailFact::Sent);
        assert_eq!(invitation.provisioning, Provisioning::Done);
        assert_eq!(invitation.send_count, 1);
        assert_eq!(invitation.decided_at, Some(app.now()));
        assert_eq!(user(&app, invitee.id).await["active"], true);

        let kinds = app.event_kinds().await;
        let ours = &kinds[kinds.len() - 5..];
        assert_eq!(ours, ["user.created", "invitation.created", "invitation.mail_changed", "invitation.accepted", "user.lifecycle_changed"]);
        // Its time goes by without another word.
        let before = kinds.len();
        app.pass(40 * DAY).await;
        assert_eq!(app.event_kinds().await.len(), before);
    }

    async fn a_secret_stands_in_clear_in_the_queued_mail_alone_and_not_longer(app: TestApp) {
        let hr = hr(&app).await;
        create(&app, &hr, ann()).await.expect("created");
        let operator = app.operator().await;
        let mail = app.directory().newest_mails(&operator, 1).await.expect("read").remove(0);
        let message = app.directory().mail(&operator, mail.id).await.expect("read").message.expect("kept while it waits");
        let secret = message.text.split("/invitation/").nth(1).and_then(|rest| rest.split_whitespace().next()).expect("a link");
        assert_eq!(rows_with(&app, secret).await, 1);
        // Who reads it could prove an address that is not theirs, so a program does not get it.
        let admin = app.principal("admin", &["admin"], Program::default()).await;
        assert_eq!(app.directory().mail(&admin, mail.id).await.expect("read").message, None);

        app.deliver_mail().await;
        assert_eq!(rows_with(&app, secret).await, 0);
        let view = app.directory().mail(&operator, mail.id).await.expect("read");
        assert_eq!(view.message, None);
        assert_eq!(view.mail.sent_at, Some(app.now()));
        accept(&app, secret).await.expect("the link is alive");
    }

    async fn where_mails_are_kept_they_stay_readable(app: TestApp) {
        let app = app.with_settings(|settings| settings.keep_mail = true).await;
        let hr = hr(&app).await;
        let (_, secret) = invited(&app, &hr).await;
        let operator = app.operator().await;
        let mail = app.directory().newest_mails(&operator, 1).await.expect("read").remove(0);
        let message = app.directory().mail(&operator, mail.id).await.expect("read").message.expect("kept");
        assert!(message.text.contains(&secret));
    }

    async fn a_used_link_says_so(app: TestApp) {
        let hr = hr(&app).await;
        let (_, secret) = invited(&app, &hr).await;
        accept(&app, &secret).await.expect("accepted");
        let events = app.event_kinds().await.len();
        assert_eq!(refusal(accept(&app, &secret).await).to_string(), "the invitation has been accepted before");
        assert_eq!(refusal(reject(&app, &secret).await).to_string(), "the invitation has been accepted before");
        assert_eq!(link_state(&app, &secret).await, LinkState::Accepted);
        assert_eq!(app.event_kinds().await.len(), events);
    }

    async fn a_declined_invitation_stays_declined_when_the_program_sends_the_person_again(app: TestApp) {
        let hr = hr(&app).await;
        let (invitee, secret) = invited(&app, &hr).await;
        assert_eq!(reject(&app, &secret).await.expect("declined").state, InvitationState::Rejected);
        assert_eq!(refusal(accept(&app, &secret).await).to_string(), "the invitation has been declined before");
        assert_eq!(link_state(&app, &secret).await, LinkState::Rejected);
        assert_eq!(refusal(create(&app, &hr, ann()).await), Refusal::Taken { attribute: "userName" });
        // Whoever decides so invites the person anew.
        app.directory().execute(&hr, InviteUser::new(invitee.id)).await.expect("invited");
        app.deliver_mail().await;
        let accepted = accept(&app, &self::secret(&app)).await.expect("accepted");
        assert_eq!(accepted.user.id, invitee.id);
    }

    async fn an_unknown_link_is_not_found(app: TestApp) {
        for secret in ["", "nonsense", "../../etc/passwd", "é\u{0}", &"a".repeat(100_000)] {
            assert!(not_found(accept(&app, secret).await));
            assert!(not_found(reject(&app, secret).await));
            assert_eq!(link_state(&app, secret).await, LinkState::Unknown);
        }
    }

    async fn a_link_is_good_in_its_own_realm_only(app: TestApp) {
        let hr = hr(&app).await;
        let (_, secret) = invited(&app, &hr).await;
        let nobody = Principal::nobody(app.realm("other").await);
        let command = AcceptInvitation { secret: secret.clone() };
        assert!(not_found(app.directory().execute(&nobody, command).await));
        let other = app.directory().realm("other").await.expect("a realm");
        assert_eq!(app.directory().invitation_behind(&other, &secret).await.expect("read").state, LinkState::Unknown);
        accept(&app, &secret).await.expect("accepted");
    }

    async fn an_expired_invitation_cannot_be_accepted_and_hides_the_person_from_wire(app: TestApp) {
        let (hr, wire) = (hr(&app).await, wire(&app).await);
        let body = json!({ "userName": "ann", "externalId": "ann@example.org" });
        let invitee = create(&app, &wire, body.clone()).await.expect("created");
        app.deliver_mail().await;
        let old = secret(&app);
        app.clock().advance(21 * DAY);
        // In time or not does not depend on the job.
        assert_eq!(refusal(accept(&app, &old).await), Refusal::Expired { what: "the invitation" });
        assert_eq!(link_state(&app, &old).await, LinkState::Expired);
        assert!(view(&app, &wire, invitee.id).await.is_ok());
        app.run_jobs().await;
        assert_eq!(the_invitation(&app).await.state, InvitationState::Expired);
        assert_eq!(refusal(accept(&app, &old).await), Refusal::Expired { what: "the invitation" });
        assert!(not_found(view(&app, &wire, invitee.id).await));
        assert_eq!(view(&app, &hr, invitee.id).await.expect("others see them")["userName"], "ann");

        // W-67: sent again, the person has the same id and a new invitation.
        let again = create(&app, &wire, body).await.expect("created");
        assert_eq!(again.id, invitee.id);
        assert!(view(&app, &wire, invitee.id).await.is_ok());
        app.deliver_mail().await;
        assert_eq!(link_state(&app, &old).await, LinkState::Expired);
        accept(&app, &secret(&app)).await.expect("accepted");
    }

    async fn how_long_an_invitation_is_valid_is_a_setting(app: TestApp) {
        app.set_realm("default", |settings| settings.invitation_days = Some(2)).await;
        let hr = hr(&app).await;
        let (_, secret) = invited(&app, &hr).await;
        assert_eq!(the_invitation(&app).await.expires_at, app.now().plus_seconds(2 * DAY));
        app.pass(2 * DAY - 1).await;
        assert_eq!(link_state(&app, &secret).await, LinkState::Open);
        app.pass(1).await;
        assert_eq!(link_state(&app, &secret).await, LinkState::Expired);
    }

    async fn sending_again_kills_all_earlier_links(app: TestApp) {
        let hr = hr(&app).await;
        let (_, first) = invited(&app, &hr).await;
        app.pass(5 * DAY).await;
        let id = the_invitation(&app).await.id;
        let resent = app.directory().execute(&hr, ResendInvitation { id }).await.expect("sent again");
        assert_eq!(resent.expires_at, app.now().plus_seconds(21 * DAY));
        app.deliver_mail().await;
        let second = secret(&app);
        assert_ne!(first, second);
        assert_eq!(refusal(accept(&app, &first).await).to_string(), "the link was replaced by the one in a newer mail");
        assert_eq!(link_state(&app, &first).await, LinkState::Replaced);
        accept(&app, &second).await.expect("accepted");
        assert_eq!(the_invitation(&app).await.send_count, 2);
        let closed = app.directory().execute(&hr, ResendInvitation { id }).await;
        assert!(matches!(refusal(closed), Refusal::Conflict { .. }));
    }

    async fn sending_again_overtakes_a_mail_that_hangs(app: TestApp) {
        let hr = hr(&app).await;
        create(&app, &hr, ann()).await.expect("created");
        app.mail_server_answers(vec![Outcome::Park { why: "550 no such user".into() }]);
        app.deliver_mail().await;
        let invitation = the_invitation(&app).await;
        assert_eq!(invitation.mail, MailFact::Bounced);
        assert_eq!(invitation.last_error.as_deref(), Some("550 no such user"));
        app.directory().execute(&hr, ResendInvitation { id: invitation.id }).await.expect("sent again");
        assert_eq!(app.deliver_mail().await.len(), 1);
        let states: Vec<_> = app.deliveries().await.into_iter().map(|delivery| delivery.state).collect();
        assert_eq!(states, ["dropped", "confirmed"]);
        let invitation = the_invitation(&app).await;
        assert_eq!((invitation.mail, invitation.last_error), (MailFact::Sent, None));
        accept(&app, &secret(&app)).await.expect("accepted");
    }

    async fn a_moved_address_kills_the_links_to_the_old_one(app: TestApp) {
        let hr = hr(&app).await;
        let (invitee, old) = invited(&app, &hr).await;
        // The same address in other letters is the same mailbox.
        let same = json!({ "userName": "ann", "externalId": "ann-1", "displayName": "Ann Bee", "emails": [{ "value": "Ann@Example.org" }] });
        put(&app, &hr, invitee.id, same).await.expect("written");
        assert_eq!(app.deliver_mail().await.len(), 0);
        assert_eq!(link_state(&app, &old).await, LinkState::Open);

        let moved = json!([{ "op": "replace", "path": "emails", "value": [{ "value": "ann@example.net" }] }]);
        patch(&app, &hr, invitee.id, moved).await.expect("written");
        // Between the write and the new mail the old link is dead already.
        assert_eq!(link_state(&app, &old).await, LinkState::Replaced);
        let mails = app.deliver_mail().await;
        assert_eq!(mails.len(), 1);
        assert_eq!(mails[0].to, "ann@example.net");
        assert_eq!(refusal(accept(&app, &old).await).to_string(), "the link was replaced by the one in a newer mail");
        assert_eq!(the_invitation(&app).await.address.expect("one").as_str(), "ann@example.net");
        accept(&app, &secret(&app)).await.expect("accepted");
    }

    async fn a_revoked_invitation_is_dead_and_a_program_does_not_bring_it_back(app: TestApp) {
        let hr = hr(&app).await;
        let (invitee, secret) = invited(&app, &hr).await;
        let id = the_invitation(&app).await.id;
        app.directory().execute(&hr, RevokeInvitation { id }).await.expect("revoked");
        let events = app.event_kinds().await.len();
        app.directory().execute(&hr, RevokeInvitation { id }).await.expect("a second time changes nothing");
        assert_eq!(app.event_kinds().await.len(), events);
        assert_eq!(refusal(accept(&app, &secret).await).to_string(), "the invitation was taken back");
        assert_eq!(link_state(&app, &secret).await, LinkState::Revoked);
        assert_eq!(refusal(create(&app, &hr, ann()).await), Refusal::Taken { attribute: "userName" });
        assert_eq!(user(&app, invitee.id).await["userName"], "ann");
    }

    async fn a_mail_that_waits_is_not_sent_when_its_invitation_is_over(app: TestApp) {
        let hr = hr(&app).await;
        create(&app, &hr, ann()).await.expect("created");
        let id = the_invitation(&app).await.id;
        app.directory().execute(&hr, RevokeInvitation { id }).await.expect("revoked");
        assert_eq!(app.deliver_mail().await.len(), 0);
        assert_eq!(app.deliveries().await[0].state, "dropped");
        let operator = app.operator().await;
        let mail = app.directory().newest_mails(&operator, 1).await.expect("read").remove(0);
        assert_eq!(app.directory().mail(&operator, mail.id).await.expect("read").message, None);
    }

    async fn leaving_kills_the_link_and_erasing_leaves_nothing_of_the_address(app: TestApp) {
        let hr = hr(&app).await;
        let (invitee, secret) = invited(&app, &hr).await;
        delete(&app, &hr, invitee.id).await.expect("deleted");
        assert_eq!(link_state(&app, &secret).await, LinkState::Revoked);
        assert!(accept(&app, &secret).await.is_err());
        assert!(rows_with(&app, "ann@example.org").await > 0);
        app.pass(30 * DAY).await;
        assert_eq!(app.event_kinds().await.last().map(String::as_str), Some("user.erased"));
        assert_eq!(rows_with(&app, "ann@example.org").await, 0);
        assert_eq!(rows_with(&app, "Ann Bee").await, 0);
        assert_eq!(link_state(&app, &secret).await, LinkState::Unknown);
        assert!(all(&app, InvitationQuery::default()).await.is_empty());
        app.place_events().await;
        let report = app.directory().verify_events(app.realm("default").await).await.expect("read");
        assert_eq!(report.problems, []);
    }

    async fn active_true_does_not_skip_the_invitation(app: TestApp) {
        for who in [hr(&app).await, wire(&app).await] {
            let name = who.client().expect("a client").name.clone();
            let body = json!({ "userName": name, "externalId": format!("{name}@example.org") });
            let invitee = create(&app, &who, body).await.expect("created");
            let written = patch(&app, &who, invitee.id, json!([{ "op": "replace", "path": "active", "value": true }])).await;
            assert_eq!(written.expect("written").user.lifecycle, Lifecycle::Invited);
        }
    }

    async fn active_false_while_wire_is_shown_false_suspends_on_acceptance(app: TestApp) {
        let wire = wire(&app).await;
        let invitee = create(&app, &wire, json!({ "userName": "ann", "externalId": "ann@example.org" })).await.expect("created");
        assert_eq!(view(&app, &wire, invitee.id).await.expect("shown")["active"], false);
        let written = patch(&app, &wire, invitee.id, json!([{ "op": "replace", "path": "active", "value": false }])).await;
        written.expect("written");
        assert_eq!(the_invitation(&app).await.on_acceptance, OnAcceptance::Suspend);
        app.deliver_mail().await;
        let accepted = accept(&app, &secret(&app)).await.expect("accepted");
        assert_eq!(accepted.user.lifecycle, Lifecycle::Suspended);
        assert_eq!(user(&app, invitee.id).await["active"], false);
    }

    async fn active_false_while_others_are_shown_true_closes_the_link_until_true(app: TestApp) {
        let hr = hr(&app).await;
        let (invitee, secret) = invited(&app, &hr).await;
        assert_eq!(view(&app, &hr, invitee.id).await.expect("shown")["active"], true);
        let set = |value: bool| json!([{ "op": "replace", "path": "active", "value": value }]);
        patch(&app, &hr, invitee.id, set(false)).await.expect("written");
        assert_eq!(view(&app, &hr, invitee.id).await.expect("shown")["active"], false);
        assert_eq!(link_state(&app, &secret).await, LinkState::Unavailable);
        assert_eq!(refusal(accept(&app, &secret).await).to_string(), "the invitation is not available at the moment");
        // A write by another that leaves `active` as it is changes nothing about it.
        let rename = json!([{ "op": "replace", "path": "displayName", "value": "Ann B." }]);
        let other = app.principal("other", &["scim:write"], Program::default().pending_active(false)).await;
        patch(&app, &other, invitee.id, rename).await.expect("written");
        assert_eq!(link_state(&app, &secret).await, LinkState::Unavailable);
        patch(&app, &hr, invitee.id, set(true)).await.expect("written");
        assert_eq!(accept(&app, &secret).await.expect("accepted").user.lifecycle, Lifecycle::Active);
        let kinds = app.event_kinds().await;
        assert_eq!(kinds.iter().filter(|kind| *kind == "invitation.blocked").count(), 2);
    }

    async fn a_page_that_is_read_again_and_again_spends_nothing_and_is_noted_once(app: TestApp) {
        let hr = hr(&app).await;
        let (_, secret) = invited(&app, &hr).await;
        let nobody = Principal::nobody(app.realm("default").await);
        let before = app.event_kinds().await.len();
        for _ in 0..5 {
            assert_eq!(link_state(&app, &secret).await, LinkState::Open);
            app.directory().execute(&nobody, OpenInvitation { secret: secret.clone() }).await.expect("noted");
        }
        let kinds = app.event_kinds().await.split_off(before);
        assert_eq!(kinds, ["invitation.opened"]);
        assert_eq!(the_invitation(&app).await.state, InvitationState::Opened);
        app.directory().execute(&nobody, OpenInvitation { secret: "nonsense".into() }).await.expect("no error");
        accept(&app, &secret).await.expect("accepted");
        app.directory().execute(&nobody, OpenInvitation { secret: secret.clone() }).await.expect("no error");
        assert_eq!(the_invitation(&app).await.state, InvitationState::Accepted);
    }

    async fn the_page_learns_whom_it_is_for_from_an_open_link_only(app: TestApp) {
        let hr = hr(&app).await;
        let (_, secret) = invited(&app, &hr).await;
        let realm = app.directory().realm("default").await.expect("a realm");
        let open = app.directory().invitation_behind(&realm, &secret).await.expect("read");
        assert_eq!(open.display_name.as_deref(), Some("Ann Bee"));
        assert_eq!(open.address.as_deref(), Some("a***@example.org"));
        accept(&app, &secret).await.expect("accepted");
        let used = app.directory().invitation_behind(&realm, &secret).await.expect("read");
        assert_eq!((used.display_name, used.user_name, used.address, used.expires_at), (None, None, None, None));
    }

    async fn what_the_mail_server_says_shows_at_the_invitation(app: TestApp) {
        let hr = hr(&app).await;
        create(&app, &hr, ann()).await.expect("created");
        app.mail_server_answers(vec![Outcome::Retry { why: "450 4.2.0 greylisted\r\nTry again".into() }]);
        app.deliver_mail().await;
        let invitation = the_invitation(&app).await;
        assert_eq!((invitation.mail, invitation.send_count), (MailFact::Deferred, 0));
        assert_eq!(invitation.last_error.as_deref(), Some("450 4.2.0 greylisted Try again"));
        app.clock().advance(3600);
        assert_eq!(app.deliver_mail().await.len(), 1);
        let invitation = the_invitation(&app).await;
        assert_eq!((invitation.mail, invitation.send_count, invitation.last_error), (MailFact::Sent, 1, None));
        assert_eq!(invitation.sent_at, Some(app.now()));
    }

    async fn scim_shows_the_invitation_when_asked_with_the_address_masked(app: TestApp) {
        let hr = hr(&app).await;
        let (invitee, _) = invited(&app, &hr).await;
        let realm = app.realm("default").await;
        let summary = app.directory().invitation_summary(realm, invitee.id).await.expect("read").expect("there");
        assert_eq!(summary.to_scim(), json!({
            "status": "sent",
            "sentAt": "2030-01-01T08:00:00.000Z",
            "expiresAt": "2030-01-22T08:00:00.000Z",
            "sendCount": 1,
            "address": "a***@example.org",
        }));
        let other = app.user("bob").await;
        assert_eq!(app.directory().invitation_summary(realm, other).await.expect("read"), None);
    }

    async fn mails_are_written_in_the_persons_language_else_the_realms(app: TestApp) {
        app.set_realm("default", |settings| {
            settings.language = Some("de".into());
            settings.title = Some("Beispiel GmbH".into());
            settings.support = Some("hilfe@example.org".into());
            settings.privacy_url = Some("https://example.org/datenschutz".into());
        }).await;
        let hr = hr(&app).await;
        create(&app, &hr, ann()).await.expect("created");
        let mut bob = ann();
        bob["userName"] = "bob".into();
        bob["externalId"] = "bob-1".into();
        bob["preferredLanguage"] = "en-US".into();
        create(&app, &hr, bob).await.expect("created");
        let mails = app.deliver_mail().await;
        assert_eq!(mails.len(), 2);
        let german = mails.iter().find(|mail| mail.subject == "Ihre Einladung zu Beispiel GmbH").expect("Ann's");
        assert!(german.text.contains("hilfe@example.org") && german.html.contains("https://example.org/datenschutz"));
        assert!(mails.iter().any(|mail| mail.subject == "Your invitation to Beispiel GmbH"));
    }

    async fn the_operator_invites_a_new_person_in_one(app: TestApp) {
        let operator = app.operator().await;
        let offer = Offer { address: Some(EmailAddress::parse("home@example.net").expect("an address")), language: Some(Language::De), days: Some(3) };
        let command = InviteNewUser { body: ann(), offer };
        let (invitee, invitation) = app.directory().execute(&operator, command.clone()).await.expect("invited");
        assert_eq!(invitee.lifecycle, Lifecycle::Invited);
        assert_eq!(invitation.expires_at, app.now().plus_seconds(3 * DAY));
        assert_eq!(refusal(app.directory().execute(&operator, command).await), Refusal::Taken { attribute: "userName" });
        let mails = app.deliver_mail().await;
        assert_eq!((mails[0].to.as_str(), mails.len()), ("home@example.net", 1));
        assert!(mails[0].subject.starts_with("Ihre Einladung"));
        accept(&app, &secret(&app)).await.expect("accepted");
        let again = app.directory().execute(&operator, InviteUser::new(invitee.id)).await;
        assert_eq!(refusal(again).to_string(), "the person is active and needs no invitation");
    }

    async fn an_invitation_that_went_elsewhere_stays_there_until_the_address_moves(app: TestApp) {
        let operator = app.operator().await;
        let address = EmailAddress::parse("home@example.net").expect("an address");
        let offer = Offer { address: Some(address), ..Offer::default() };
        let (invitee, _) = app.directory().execute(&operator, InviteNewUser { body: ann(), offer }).await.expect("invited");
        app.deliver_mail().await;
        let first = secret(&app);
        let rename = json!([{ "op": "replace", "path": "displayName", "value": "Ann B." }]);
        let other = app.principal("other", &["scim:write"], Program::default()).await;
        patch(&app, &other, invitee.id, rename).await.expect("written");
        assert_eq!(link_state(&app, &first).await, LinkState::Open);
        let moved = json!([{ "op": "replace", "path": "emails", "value": [{ "value": "ann@example.com" }] }]);
        patch(&app, &other, invitee.id, moved).await.expect("written");
        assert_eq!(link_state(&app, &first).await, LinkState::Replaced);
        assert_eq!(app.deliver_mail().await[0].to, "ann@example.com");
        // Whoever is invited by mail has to stay reachable.
        let removed = patch(&app, &other, invitee.id, json!([{ "op": "remove", "path": "emails" }])).await;
        assert!(matches!(refusal(removed), Refusal::Invalid { attribute, .. } if attribute == "emails"));
    }

    async fn who_had_an_address_as_external_id_alone_is_invited_there_again(app: TestApp) {
        let wire = wire(&app).await;
        let invitee = create(&app, &wire, json!({ "userName": "ann", "externalId": "ann@example.org" })).await.expect("created");
        // Another program, which does not see that externalId, may write the person.
        let rename = json!([{ "op": "replace", "path": "displayName", "value": "Ann B." }]);
        let other = app.principal("other", &["scim:write"], Program::default()).await;
        patch(&app, &other, invitee.id, rename).await.expect("written");
        let id = the_invitation(&app).await.id;
        app.directory().execute(&app.operator().await, RevokeInvitation { id }).await.expect("revoked");
        let again = app.directory().execute(&app.operator().await, InviteUser::new(invitee.id)).await.expect("invited");
        assert_eq!(again.address.expect("one").as_str(), "ann@example.org");
    }

    async fn a_person_with_the_role_invites(app: TestApp) {
        let inviter = app.user("ines").await;
        let program = Program::default().acts_as(inviter);
        let without = app.principal("plain", &["invite"], program.clone()).await;
        let command = InviteNewUser { body: ann(), offer: Offer::default() };
        assert!(matches!(refusal(app.directory().execute(&without, command.clone()).await), Refusal::Forbidden { .. }));
        let role = GrantRole { id: inviter, role: Role::Inviter };
        app.directory().execute(&app.operator().await, role).await.expect("granted");
        let with = app.principal("portal", &["invite"], program).await;
        app.directory().execute(&with, command).await.expect("invited");
        assert_eq!(app.deliver_mail().await.len(), 1);
    }

    async fn inviting_takes_an_address_a_scope_and_someone_to_invite(app: TestApp) {
        let operator = app.operator().await;
        let nowhere = InviteNewUser { body: json!({ "userName": "ann" }), offer: Offer::default() };
        assert!(matches!(refusal(app.directory().execute(&operator, nowhere).await), Refusal::Invalid { attribute, .. } if attribute == "emails"));
        let forever = InviteNewUser { body: ann(), offer: Offer { days: Some(10_000), ..Offer::default() } };
        assert!(matches!(refusal(app.directory().execute(&operator, forever).await), Refusal::Invalid { attribute, .. } if attribute == "days"));
        let writer = app.principal("writer", &["scim:write"], Program::default()).await;
        let without = InviteNewUser { body: ann(), offer: Offer::default() };
        assert!(matches!(refusal(app.directory().execute(&writer, without).await), Refusal::MissingScope(_)));
        assert!(app.event_kinds().await.iter().all(|kind| !kind.starts_with("invitation.") && kind != "user.created"));
        let hr = hr(&app).await;
        let (invitee, _) = invited(&app, &hr).await;
        let twice = app.directory().execute(&hr, InviteUser::new(invitee.id)).await;
        assert!(refusal(twice).to_string().starts_with("the person has an open invitation"));
    }

    async fn invitations_are_found_by_state_person_and_address_page_by_page(app: TestApp) {
        let hr = hr(&app).await;
        let mut people = Vec::new();
        for n in 0..5 {
            let body = json!({ "userName": format!("p{n}"), "externalId": format!("e{n}"), "emails": [{ "value": format!("P{n}@example.org") }] });
            people.push(create(&app, &hr, body).await.expect("created").id);
        }
        let first = all(&app, InvitationQuery { limit: 2, ..InvitationQuery::default() }).await;
        assert_eq!(first.iter().filter_map(|invitation| invitation.user).collect::<Vec<_>>(), people[..2]);
        let rest = all(&app, InvitationQuery { after: Some(first[1].id), ..InvitationQuery::default() }).await;
        assert_eq!(rest.len(), 3);
        app.directory().execute(&hr, RevokeInvitation { id: rest[0].id }).await.expect("revoked");
        let revoked = all(&app, InvitationQuery { state: Some(InvitationState::Revoked), ..InvitationQuery::default() }).await;
        assert_eq!(revoked.iter().filter_map(|invitation| invitation.user).collect::<Vec<_>>(), [people[2]]);
        let of = all(&app, InvitationQuery { user: Some(people[4]), ..InvitationQuery::default() }).await;
        assert_eq!(of.iter().map(|invitation| invitation.id).collect::<Vec<_>>(), [rest[2].id]);
        let at = all(&app, InvitationQuery { address: Some("p1@EXAMPLE.org".into()), ..InvitationQuery::default() }).await;
        assert_eq!(at.iter().map(|invitation| invitation.id).collect::<Vec<_>>(), [first[1].id]);
    }

    async fn a_policy_hides_the_invitations_of_those_it_hides(app: TestApp) {
        let hr = hr(&app).await;
        let guest = json!({ "userName": "gus", "userType": "Guest", "externalId": "g", "emails": [{ "value": "gus@example.org" }] });
        create(&app, &hr, ann()).await.expect("created");
        let gus = create(&app, &hr, guest).await.expect("created");
        let everything = all(&app, InvitationQuery::default()).await;
        let policy = json!({ "user_filter": "userType eq \"Guest\"" });
        let narrow = app.principal("narrow", &["invite"], Program::default().policy(policy)).await;
        let seen = app.directory().invitations(&narrow, &InvitationQuery { limit: 1, ..InvitationQuery::default() }).await.expect("read");
        assert_eq!(seen.iter().filter_map(|invitation| invitation.user).collect::<Vec<_>>(), [gus.id]);
        let hidden = everything.iter().find(|invitation| invitation.user != Some(gus.id)).expect("Ann's").id;
        assert!(not_found(app.directory().invitation(&narrow, hidden).await));
        assert!(not_found(app.directory().execute(&narrow, ResendInvitation { id: hidden }).await));
        assert!(not_found(app.directory().execute(&narrow, RevokeInvitation { id: hidden }).await));
        let other = app.operator_of("other").await;
        assert!(not_found(app.directory().invitation(&other, hidden).await));
        assert!(not_found(app.directory().execute(&other, RevokeInvitation { id: hidden }).await));
    }
}
