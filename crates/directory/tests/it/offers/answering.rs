//! Saying yes or no to an offer.

use directory::delegation::{RevokeDelegation, Whom};
use directory::enrollment::SubmitRequest;
use directory::enrollment::configuration::Draft;
use directory::enrollment::terms::{Channel, TermsDraft, TermsGiven};
use directory::invitation::{
    AcceptInvitation, AcceptOffer, InvitationQuery, RejectInvitation, ResendInvitation, RevokeInvitation,
};
use directory::user::PatchUser;
use directory::view::IfMatch;
use directory::zone::Day;
use directory::{Error, Principal, Refusal, Role, Scope};
use futures_util::future::join_all;
use serde_json::json;
use testkit::both;

use super::{
    accept, draft, kinds_after, mails_to, membership, offer, offer_admin, owned, reject, secret, somebody, standing,
    way,
};
use crate::support::groups::{code, let_do, manager, own, person, user_of};
use crate::support::{not_found, patch};

both! {
    async fn who_accepts_a_membership_is_in(app: TestApp) {
        let (group, owner, join) = owned(&app, "acme").await;
        let ada = somebody(&app, "ada").await;
        offer(&app, &owner, membership(group, join.id, "Ada@example.org")).await.expect("offered");
        let link = secret(&app.deliver_mail().await, "Ada@example.org");
        let seen = app.directory().offer_behind(&ada, &link).await.expect("shown");
        assert_eq!((seen.path.to_string().as_str(), seen.way.expect("a way").configuration.id), ("/acme", join.id));
        let before = app.events().await.len();
        let accepted = accept(&app, &ada, &link).await.expect("accepted");
        assert_eq!((accepted.state.name(), accepted.user), ("accepted", Some(user_of(&ada))));
        assert_eq!(standing(&app, group, &ada).await, Some(("enabled".into(), vec!["member".into()])));
        let kinds = kinds_after(&app, before).await;
        assert_eq!(kinds, ["invitation.accepted", "member.added", "GROUP_MEMBERSHIP_CREATE", "member.roles_changed", "mail.queued"]);
        let mails = app.deliver_mail().await;
        assert_eq!(mails_to(&mails, "owner-of-acme@example.org"), ["@ada has accepted the invitation to /acme"]);
        // The link is spent.
        assert_eq!(code(accept(&app, &ada, &link).await), "invitation_unknown");
        assert_eq!(code(reject(&app, &ada, &link).await), "invitation_unknown");
        assert_eq!(code(app.directory().offer_behind(&ada, &link).await), "invitation_unknown");
        crate::support::groups_know_their_number(&app).await;
    }

    async fn a_membership_that_begins_later_waits_for_its_first_day(app: TestApp) {
        let (group, owner, _) = owned(&app, "acme").await;
        let first = Day::parse("2030-02-01").expect("a day");
        let later = Draft { name: "Later".into(), valid_from: Some(first), membership_expiration_days: Some(10), ..draft() };
        let later = way(&app, &owner, group, later).await;
        let ada = somebody(&app, "ada").await;
        offer(&app, &owner, membership(group, later.id, "ada@example.org")).await.expect("offered");
        let link = secret(&app.deliver_mail().await, "ada@example.org");
        accept(&app, &ada, &link).await.expect("accepted");
        assert_eq!(standing(&app, group, &ada).await.expect("a row").0, "pending");
        let mails = app.deliver_mail().await;
        let told = mails.iter().find(|mail| mail.to == "owner-of-acme@example.org").expect("told");
        assert!(told.text.contains("is a member of /acme from 1 February 2030 on"), "{}", told.text);
    }

    async fn who_accepts_to_administer_does_and_is_told_like_the_others(app: TestApp) {
        let (group, owner, join) = owned(&app, "acme").await;
        let ada = manager(&app, "ada", &[]).await;
        offer_admin(&app, &owner, group, "ada@example.org").await.expect("offered");
        let link = secret(&app.deliver_mail().await, "ada@example.org");
        let before = app.events().await.len();
        accept(&app, &ada, &link).await.expect("accepted");
        let kinds = kinds_after(&app, before).await;
        assert_eq!(kinds, ["delegation.granted", "invitation.accepted", "mail.queued", "mail.queued"]);
        let mails = app.deliver_mail().await;
        let subject = "@ada has accepted to administer /acme";
        assert_eq!(mails_to(&mails, "owner-of-acme@example.org"), [subject]);
        assert_eq!(mails_to(&mails, "ada@example.org"), [subject]);
        offer(&app, &ada, membership(group, join.id, "b@example.org")).await.expect("they may");
        // Once is enough.
        offer_admin(&app, &owner, group, "ada@example.org").await.expect("offered again");
        let link = secret(&app.deliver_mail().await, "ada@example.org");
        assert_eq!(code(accept(&app, &ada, &link).await), "already_admin");
    }

    async fn an_offer_is_for_its_address(app: TestApp) {
        let (group, owner, join) = owned(&app, "acme").await;
        let (ada, eve) = (somebody(&app, "ada").await, somebody(&app, "eve").await);
        offer(&app, &owner, membership(group, join.id, "ada@example.org")).await.expect("offered");
        let link = secret(&app.deliver_mail().await, "ada@example.org");
        let before = app.events().await.len();
        assert_eq!(code(accept(&app, &eve, &link).await), "invitation_other_address");
        assert_eq!(code(reject(&app, &eve, &link).await), "invitation_other_address");
        assert!(kinds_after(&app, before).await.is_empty());
        // Writing the address oneself, where the realm lets people, proves nothing.
        app.set_realm("default", |settings| settings.self_editable = Some(vec!["emails".into()])).await;
        let user = user_of(&eve);
        let herself = person(&app, user, &[Scope::AgmSelf, Scope::ScimMe], &[]).await;
        let moved = json!([{ "op": "replace", "path": "emails", "value": [{ "value": "ada@example.org", "primary": true }] }]);
        let written = PatchUser {
            id: user,
            operations: crate::support::operations(&moved),
            if_match: IfMatch::Any,
            needs: Scope::ScimMe,
        };
        app.directory().execute(&herself, written).await.expect("written");
        assert_eq!(code(accept(&app, &eve, &link).await), "invitation_other_address");
        app.set_realm("default", |settings| settings.compat.invitation.any_account = true).await;
        accept(&app, &eve, &link).await.expect("whoever has the link");
        assert!(standing(&app, group, &eve).await.is_some() && standing(&app, group, &ada).await.is_none());
    }

    async fn an_address_that_the_provider_has_verified_counts(app: TestApp) {
        let provider = app.provider("default").await;
        let (group, owner, join) = owned(&app, "acme").await;
        let user = app.user("ada").await;
        let realm = app.realm("default").await;
        let token = provider.token_of("s1", "ada@example.org");
        let ada = app.directory().authenticate(realm, &token).await.expect("signed in");
        // Whoever keeps the record has moved on since.
        let moved = json!([{ "op": "replace", "path": "emails", "value": [{ "value": "ada@new.example" }] }]);
        patch(&app, &app.operator().await, user, moved).await.expect("moved");
        offer(&app, &owner, membership(group, join.id, "ada@example.org")).await.expect("offered");
        let link = secret(&app.deliver_mail().await, "ada@example.org");
        accept(&app, &ada, &link).await.expect("accepted");
    }

    async fn terms_are_accepted_with_the_offer(app: TestApp) {
        let (group, owner, _) = owned(&app, "acme").await;
        let url = "https://example.org/terms";
        let terms = Draft { name: "Terms".into(), terms: Some(TermsDraft::at(url)), ..draft() };
        let join = way(&app, &owner, group, terms).await;
        let ada = somebody(&app, "ada").await;
        offer(&app, &owner, membership(group, join.id, "ada@example.org")).await.expect("offered");
        let link = secret(&app.deliver_mail().await, "ada@example.org");
        let with = |accepted: bool, version: Option<&str>| AcceptOffer {
            secret: link.clone(),
            terms: Some(TermsGiven {
                accepted,
                version: version.map(str::to_owned),
                channel: Channel::Invitation,
                address: None,
            }),
        };
        assert_eq!(code(accept(&app, &ada, &link).await), "terms_not_accepted");
        assert_eq!(code(app.directory().execute(&ada, with(false, None)).await), "terms_not_accepted");
        assert_eq!(code(app.directory().execute(&ada, with(true, Some("7"))).await), "terms_not_accepted");
        app.directory().execute(&ada, with(true, None)).await.expect("accepted");
        assert!(app.event_kinds().await.iter().any(|kind| kind == "terms.accepted"));
    }

    async fn who_is_a_member_already_keeps_what_they_have(app: TestApp) {
        let (group, owner, join) = owned(&app, "acme").await;
        let ada = somebody(&app, "ada").await;
        let command = || membership(group, join.id, "ada@example.org");
        offer(&app, &owner, command()).await.expect("offered");
        let link = secret(&app.deliver_mail().await, "ada@example.org");
        accept(&app, &ada, &link).await.expect("accepted");
        offer(&app, &owner, command()).await.expect("offered again");
        let link = secret(&app.deliver_mail().await, "ada@example.org");
        assert_eq!(code(accept(&app, &ada, &link).await), "already_member");
        // The offer is still there to decline.
        let before = app.events().await.len();
        reject(&app, &ada, &link).await.expect("declined");
        assert_eq!(kinds_after(&app, before).await, ["invitation.rejected", "mail.queued"]);
        let mails = app.deliver_mail().await;
        assert_eq!(mails_to(&mails, "owner-of-acme@example.org"), ["@ada has declined the invitation to /acme"]);
    }

    async fn an_open_request_is_settled_by_accepting(app: TestApp) {
        let (group, owner, join) = owned(&app, "acme").await;
        let ada = somebody(&app, "ada").await;
        let ask = SubmitRequest { configuration: join.id, roles: vec!["member".into()], comments: None, terms: None };
        app.directory().execute(&ada, ask).await.expect("asked");
        offer(&app, &owner, membership(group, join.id, "ada@example.org")).await.expect("offered");
        let link = secret(&app.deliver_mail().await, "ada@example.org");
        accept(&app, &ada, &link).await.expect("accepted");
        assert!(app.event_kinds().await.iter().any(|kind| kind == "request.archived"));
    }

    async fn an_offer_holds_while_its_maker_may_make_it(app: TestApp) {
        let (group, owner, join) = owned(&app, "acme").await;
        let second = manager(&app, "second", &[]).await;
        own(&app, group, user_of(&second)).await;
        let ada = somebody(&app, "ada").await;
        offer(&app, &second, membership(group, join.id, "ada@example.org")).await.expect("offered");
        let first = secret(&app.deliver_mail().await, "ada@example.org");
        offer_admin(&app, &second, group, "ada@example.org").await.expect("offered");
        let admin = secret(&app.deliver_mail().await, "ada@example.org");
        let gone = RevokeDelegation { group, whom: Whom::User(user_of(&second)), force: false, if_match: IfMatch::Any };
        app.directory().execute(&owner, gone).await.expect("revoked");
        assert_eq!(code(accept(&app, &ada, &first).await), "invitation_unknown");
        assert_eq!(code(accept(&app, &ada, &admin).await), "invitation_unknown");
        // Somebody who may sends it again: it is their offer now.
        let asked = InvitationQuery { group: Some(group), ..InvitationQuery::default() };
        let open = app.directory().invitations(&owner, &asked).await.expect("listed").remove(0);
        app.directory().execute(&owner, ResendInvitation { id: open.id }).await.expect("sent again");
        let again = secret(&app.deliver_mail().await, "ada@example.org");
        accept(&app, &ada, &again).await.expect("accepted");
    }

    async fn an_offer_of_somebody_who_is_kept_out_by_now_is_none(app: TestApp) {
        let (group, _, join) = owned(&app, "acme").await;
        let admin = manager(&app, "admin", &[Role::RealmAdmin]).await;
        let ada = somebody(&app, "ada").await;
        offer(&app, &admin, membership(group, join.id, "ada@example.org")).await.expect("offered");
        let link = secret(&app.deliver_mail().await, "ada@example.org");
        let out = json!([{ "op": "replace", "path": "active", "value": false }]);
        patch(&app, &app.operator().await, user_of(&admin), out).await.expect("suspended");
        assert_eq!(code(accept(&app, &ada, &link).await), "invitation_unknown");
        assert_eq!(standing(&app, group, &ada).await, None);
        let back = json!([{ "op": "replace", "path": "active", "value": true }]);
        patch(&app, &app.operator().await, user_of(&admin), back).await.expect("back");
        accept(&app, &ada, &link).await.expect("accepted");
    }

    async fn who_only_sees_the_realm_offers_by_their_delegation(app: TestApp) {
        let (group, owner, join) = owned(&app, "acme").await;
        let viewer = manager(&app, "viewer", &[Role::Auditor]).await;
        let_do(&app, group, user_of(&viewer), "invite.admin invite.member").await;
        let ada = somebody(&app, "ada").await;
        // Of what they cannot do themselves they offer nothing.
        assert_eq!(code(offer_admin(&app, &viewer, group, "ada@example.org").await), "not_permitted");
        offer(&app, &viewer, membership(group, join.id, "ada@example.org")).await.expect("offered");
        let link = secret(&app.deliver_mail().await, "ada@example.org");
        let gone = RevokeDelegation { group, whom: Whom::User(user_of(&viewer)), force: false, if_match: IfMatch::Any };
        app.directory().execute(&owner, gone).await.expect("revoked");
        assert_eq!(code(accept(&app, &ada, &link).await), "invitation_unknown");
        assert_eq!(standing(&app, group, &ada).await, None);
    }

    async fn of_many_answers_one_counts(app: TestApp) {
        let (group, owner, join) = owned(&app, "acme").await;
        let ada = somebody(&app, "ada").await;
        let made = offer(&app, &owner, membership(group, join.id, "ada@example.org")).await.expect("offered");
        let link = secret(&app.deliver_mail().await, "ada@example.org");
        let revoke = app.directory().execute(&owner, RevokeInvitation { id: made.id });
        let answers = join_all((0..6).map(|_| accept(&app, &ada, &link)));
        let (answers, revoked) = futures_util::future::join(answers, revoke).await;
        let accepted = answers.iter().filter(|answer| answer.is_ok()).count();
        assert_eq!(accepted + usize::from(revoked.is_ok()), 1, "{answers:?} {revoked:?}");
        for answer in answers.into_iter().filter_map(Result::err).chain(revoked.err()) {
            assert!(matches!(answer, Error::Refused(_)), "{answer:?}");
        }
        assert_eq!(standing(&app, group, &ada).await.is_some(), accepted == 1);
        crate::support::groups_know_their_number(&app).await;
    }

    async fn a_link_of_an_offer_is_none_of_an_account(app: TestApp) {
        let (group, owner, join) = owned(&app, "acme").await;
        offer(&app, &owner, membership(group, join.id, "ada@example.org")).await.expect("offered");
        let link = secret(&app.deliver_mail().await, "ada@example.org");
        let nobody = Principal::nobody(app.realm("default").await);
        let accept = AcceptInvitation { secret: link.clone() };
        assert!(not_found(app.directory().execute(&nobody, accept).await));
        let reject = RejectInvitation { secret: link.clone() };
        assert!(not_found(app.directory().execute(&nobody, reject).await));
        let program = app.principal("p", &["agm:admin"], testkit::Program::default()).await;
        assert_eq!(code(super::accept(&app, &program, &link).await), "person_required");
        let ada = app.user("ada").await;
        let without = person(&app, ada, &[Scope::AgmManage], &[]).await;
        let refused = crate::support::refusal(super::accept(&app, &without, &link).await);
        assert!(matches!(refused, Refusal::MissingScope(Scope::AgmSelf)), "{refused:?}");
    }

    async fn who_has_left_accepts_nothing(app: TestApp) {
        let (group, owner, join) = owned(&app, "acme").await;
        let ada = somebody(&app, "ada").await;
        offer(&app, &owner, membership(group, join.id, "ada@example.org")).await.expect("offered");
        let link = secret(&app.deliver_mail().await, "ada@example.org");
        crate::support::delete(&app, &app.operator().await, user_of(&ada)).await.expect("gone");
        assert!(not_found(accept(&app, &ada, &link).await));
    }
}
