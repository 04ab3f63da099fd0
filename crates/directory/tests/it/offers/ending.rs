//! How offers end without an answer: sent again, taken back, late, or what they offer is gone.

use directory::group::{DeleteRole, RemoveGroup, RoleNamed};
use directory::invitation::{ResendInvitation, RevokeInvitation};
use directory::user::DeleteUser;
use directory::view::IfMatch;
use directory::{Refusal, Scope};
use testkit::both;

use super::{accept, kinds_after, mails_to, membership, offer, offer_admin, owned, secret, somebody};
use crate::support::groups::{code, let_do, manager, user_of};
use crate::support::{not_found, refusal};

both! {
    async fn sent_again_the_old_link_is_dead(app: TestApp) {
        let (group, owner, join) = owned(&app, "acme").await;
        let ada = somebody(&app, "ada").await;
        let made = offer(&app, &owner, membership(group, join.id, "ada@example.org")).await.expect("offered");
        let old = secret(&app.deliver_mail().await, "ada@example.org");
        app.pass(3_600).await;
        let before = app.events().await.len();
        let again = app.directory().execute(&owner, ResendInvitation { id: made.id }).await.expect("sent again");
        assert_eq!(again.expires_at, app.now().plus_seconds(72 * 3_600));
        assert_eq!(kinds_after(&app, before).await, ["invitation.resent"]);
        let new = secret(&app.deliver_mail().await, "ada@example.org");
        assert_ne!(old, new);
        assert_eq!(code(accept(&app, &ada, &old).await), "invitation_unknown");
        // The time of the first mail goes by.
        app.pass(71 * 3_600 + 1_800).await;
        accept(&app, &ada, &new).await.expect("accepted");
        let conflict = refusal(app.directory().execute(&owner, ResendInvitation { id: made.id }).await);
        assert!(matches!(conflict, Refusal::Conflict { .. }), "{conflict:?}");
    }

    async fn taken_back_the_link_is_dead(app: TestApp) {
        let (group, owner, join) = owned(&app, "acme").await;
        let ada = somebody(&app, "ada").await;
        let made = offer(&app, &owner, membership(group, join.id, "ada@example.org")).await.expect("offered");
        let link = secret(&app.deliver_mail().await, "ada@example.org");
        let helper = manager(&app, "helper", &[]).await;
        let_do(&app, group, user_of(&helper), "members.read").await;
        for who in [&helper, &manager(&app, "stranger", &[]).await] {
            assert_eq!(code(app.directory().execute(who, RevokeInvitation { id: made.id }).await), "not_permitted");
            assert_eq!(code(app.directory().execute(who, ResendInvitation { id: made.id }).await), "not_permitted");
        }
        let inviting = app.principal("hr", &["invite"], testkit::Program::default()).await;
        let refused = refusal(app.directory().execute(&inviting, RevokeInvitation { id: made.id }).await);
        assert!(matches!(refused, Refusal::MissingScope(Scope::AgmManage)), "{refused:?}");
        let refused = refusal(app.directory().execute(&ada, RevokeInvitation { id: made.id }).await);
        assert!(matches!(refused, Refusal::MissingScope(_)), "{refused:?}");
        let revoked = app.directory().execute(&owner, RevokeInvitation { id: made.id }).await.expect("taken back");
        assert_eq!(revoked.state.name(), "revoked");
        assert_eq!(code(accept(&app, &ada, &link).await), "invitation_unknown");
        app.directory().execute(&owner, RevokeInvitation { id: made.id }).await.expect("a second time changes nothing");
        // Whoever administers groups learns nothing of invitations of accounts.
        let body = serde_json::json!({ "userName": "ben", "emails": [{ "value": "ben@example.org" }] });
        let offer = directory::invitation::Offer::default();
        let invite = directory::invitation::InviteNewUser { body, offer };
        let (_, account) = app.directory().execute(&app.operator().await, invite).await.expect("invited");
        for id in [account.id, directory::Id::new(uuid::Uuid::from_u128(5))] {
            let refused = refusal(app.directory().execute(&owner, RevokeInvitation { id }).await);
            assert!(matches!(refused, Refusal::MissingScope(Scope::Invite)), "{refused:?}");
            let refused = refusal(app.directory().invitation(&owner, id).await);
            assert!(matches!(refused, Refusal::MissingScope(Scope::Invite)), "{refused:?}");
        }
    }

    async fn when_its_time_is_over_who_made_it_is_told(app: TestApp) {
        let (group, owner, join) = owned(&app, "acme").await;
        let ada = somebody(&app, "ada").await;
        let made = offer(&app, &owner, membership(group, join.id, "ada@example.org")).await.expect("offered");
        offer_admin(&app, &app.operator().await, group, "b@example.org").await.expect("offered");
        let link = secret(&app.deliver_mail().await, "ada@example.org");
        // At every look the row's time counts, whatever jobs have done.
        app.clock().advance(72 * 3_600);
        assert_eq!(code(app.directory().offer_behind(&ada, &link).await), "invitation_expired");
        assert_eq!(code(accept(&app, &ada, &link).await), "invitation_expired");
        let before = app.events().await.len();
        app.run_jobs().await;
        assert_eq!(kinds_after(&app, before).await, ["invitation.expired", "mail.queued", "invitation.expired"]);
        assert_eq!(code(accept(&app, &ada, &link).await), "invitation_expired");
        let mails = app.deliver_mail().await;
        assert_eq!(mails_to(&mails, "owner-of-acme@example.org"), ["The invitation of ada@example.org to /acme has expired"]);
        // Ninety days later nothing is left of it.
        app.pass(89 * 86_400).await;
        app.directory().invitation(&owner, made.id).await.expect("still shown");
        app.pass(86_400).await;
        assert!(not_found(app.directory().invitation(&app.operator().await, made.id).await));
        assert_eq!(code(accept(&app, &ada, &link).await), "invitation_unknown");
        let mut rows = app.db().query("SELECT COUNT(*) FROM invitation_links", &[]).await.expect("read");
        assert_eq!(rows[0].take::<i64>(0).expect("a number"), 0);
    }

    async fn with_its_group_an_offer_is_gone(app: TestApp) {
        let (group, owner, join) = owned(&app, "acme").await;
        let ada = somebody(&app, "ada").await;
        offer(&app, &owner, membership(group, join.id, "ada@example.org")).await.expect("offered");
        let link = secret(&app.deliver_mail().await, "ada@example.org");
        app.directory().execute(&owner, RemoveGroup { group, if_match: IfMatch::Any }).await.expect("deleted");
        assert_eq!(app.event_kinds().await.iter().filter(|kind| *kind == "invitation.revoked").count(), 1);
        assert_eq!(code(accept(&app, &ada, &link).await), "invitation_unknown");
        assert_eq!(code(app.directory().offer_behind(&ada, &link).await), "invitation_unknown");
    }

    async fn an_offer_loses_a_role_that_is_gone_and_is_taken_back_without_any(app: TestApp) {
        let (group, owner, join) = owned(&app, "acme").await;
        let (ada, ben) = (somebody(&app, "ada").await, somebody(&app, "ben").await);
        let both = directory::invitation::OfferMembership {
            roles: vec!["member".into(), "curator".into()],
            ..membership(group, join.id, "ada@example.org")
        };
        let both = offer(&app, &owner, both).await.expect("offered");
        let one = directory::invitation::OfferMembership {
            roles: vec!["curator".into()],
            ..membership(group, join.id, "ben@example.org")
        };
        let one = offer(&app, &owner, one).await.expect("offered");
        let mails = app.deliver_mail().await;
        let delete = DeleteRole {
            group,
            role: RoleNamed::Name("curator".into()),
            replace_with: None,
            force: false,
            if_version: None,
        };
        app.directory().execute(&owner, delete).await.expect("deleted");
        // Before the job has come to it nobody gets the role.
        assert_eq!(code(accept(&app, &ada, &secret(&mails, "ada@example.org")).await), "role_unknown");
        app.run_jobs().await;
        let left = app.directory().invitation(&owner, both.id).await.expect("shown");
        assert_eq!(left.offer().expect("an offer").role_names(), ["member"]);
        assert_eq!(app.directory().invitation(&owner, one.id).await.expect("shown").state.name(), "revoked");
        accept(&app, &ada, &secret(&mails, "ada@example.org")).await.expect("accepted");
        assert_eq!(code(accept(&app, &ben, &secret(&mails, "ben@example.org")).await), "invitation_unknown");
    }

    async fn a_way_with_open_offers_stays(app: TestApp) {
        let (group, owner, join) = owned(&app, "acme").await;
        let made = offer(&app, &owner, membership(group, join.id, "ada@example.org")).await.expect("offered");
        let away = || directory::enrollment::Unconfigure { group, id: join.id, if_version: None };
        assert_eq!(code(app.directory().execute(&owner, away()).await), "invitations_open");
        app.directory().execute(&owner, RevokeInvitation { id: made.id }).await.expect("taken back");
        app.directory().execute(&owner, away()).await.expect("gone");
    }

    async fn with_a_person_what_they_answered_is_erased(app: TestApp) {
        let (group, owner, join) = owned(&app, "acme").await;
        let ada = somebody(&app, "ada").await;
        let made = offer(&app, &owner, membership(group, join.id, "ada@example.org")).await.expect("offered");
        let link = secret(&app.deliver_mail().await, "ada@example.org");
        accept(&app, &ada, &link).await.expect("accepted");
        let delete = DeleteUser { id: user_of(&ada), if_match: IfMatch::Any, needs: Scope::ScimWrite };
        app.directory().execute(&app.operator().await, delete).await.expect("deleted");
        app.pass(400 * 86_400).await;
        assert!(not_found(app.directory().invitation(&app.operator().await, made.id).await));
        let rows = app.db().query("SELECT 1 FROM mails WHERE recipient = 'ada@example.org'", &[]).await.expect("read");
        assert!(rows.is_empty());
    }
}
