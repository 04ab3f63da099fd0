//! Offering, and what is refused.

use directory::delegation::{Capabilities, GrantDelegation, Whom};
use directory::enrollment::SetRule;
use directory::enrollment::configuration::Draft;
use directory::enrollment::rule::{Level, rules};
use directory::group::{Privileged, SetPrivileged};
use directory::invitation::{
    InvitationQuery, Invitee, OfferAdministration, OfferMembership, OfferedWay, ResendInvitation,
};
use directory::{Refusal, Role};
use testkit::{Program, both};

use super::{draft, kinds_after, mails_to, membership, offer, offer_admin, owned, secret, somebody, to, way};
use crate::support::groups::{below, code, let_do, manager, own, top, user_of};
use crate::support::{not_found, refusal};

both! {
    async fn an_offer_is_mailed_to_its_address_and_the_others_are_told(app: TestApp) {
        let (group, owner, way) = owned(&app, "acme").await;
        let second = manager(&app, "second", &[]).await;
        own(&app, group, user_of(&second)).await;
        app.deliver_mail().await;
        let before = app.events().await.len();
        let named = Invitee { first_name: Some("Ada".into()), last_name: Some("Lovelace".into()), ..to("Ada@Example.org") };
        let made = offer(&app, &owner, OfferMembership { invitee: named, ..membership(group, way.id, "") }).await.expect("offered");
        assert!(made.is_open() && made.user.is_none());
        assert_eq!(kinds_after(&app, before).await, ["invitation.created", "mail.queued"]);
        let body = app.events().await.pop().expect("a fact").body;
        assert!(!body.to_string().contains("Ada@"), "{body}");
        let mails = app.deliver_mail().await;
        let mail = mails.iter().find(|mail| mail.to == "Ada@Example.org").expect("the offer");
        for part in ["Hello Ada Lovelace,", "invites you to become a member of /acme", "Roles: member", "until 4 January 2030, 08:00 UTC"] {
            assert!(mail.text.contains(part), "{part}: {}", mail.text);
        }
        assert_eq!(mails_to(&mails, "second@example.org"), ["Ada@Example.org was invited to /acme"]);
        assert!(mails_to(&mails, "owner-of-acme@example.org").is_empty());
        let admin = offer_admin(&app, &owner, group, "ben@example.org").await.expect("offered");
        assert_eq!(admin.offered.name(), "administration");
        let mails = app.deliver_mail().await;
        assert_eq!(mails_to(&mails, "ben@example.org"), ["Your invitation to administer /acme"]);
        let asked = InvitationQuery { group: Some(group), ..InvitationQuery::default() };
        let listed = app.directory().invitations(&owner, &asked).await.expect("listed");
        assert_eq!(listed.iter().map(|one| one.id).collect::<Vec<_>>(), [made.id, admin.id]);
        assert_eq!(app.directory().invitation(&second, made.id).await.expect("shown").id, made.id);
        // It is theirs alone: others do not learn that it is there.
        let stranger = manager(&app, "stranger", &[]).await;
        let refused = refusal(app.directory().invitation(&stranger, made.id).await);
        assert!(matches!(refused, Refusal::MissingScope(_)), "{refused:?}");
        assert_eq!(code(app.directory().invitations(&stranger, &asked).await), "not_permitted");
    }

    async fn what_cannot_be_offered_is_refused(app: TestApp) {
        let (group, owner, join) = owned(&app, "acme").await;
        let (other, _, foreign) = owned(&app, "other").await;
        let closed = way(&app, &owner, group, Draft { name: "Closed".into(), active: false, ..draft() }).await;
        let command = || membership(group, join.id, "ada@example.org");
        let before = app.events().await.len();
        let refused = [
            (OfferMembership { invitee: Invitee::default(), ..command() }, "email_required"),
            (OfferMembership { invitee: to("  "), ..command() }, "email_required"),
            (OfferMembership { invitee: to("not an address"), ..command() }, "email_invalid"),
            (OfferMembership { way: OfferedWay::Unknown, ..command() }, "configuration_unknown"),
            (OfferMembership { way: OfferedWay::Named(foreign.id), ..command() }, "configuration_unknown"),
            (OfferMembership { way: OfferedWay::Named(closed.id), ..command() }, "configuration_inactive"),
            (OfferMembership { roles: vec!["boss".into()], ..command() }, "role_unknown"),
            (OfferMembership { roles: Vec::new(), ..command() }, "roles_required"),
        ];
        for (command, word) in refused {
            assert_eq!(code(offer(&app, &owner, command).await), word);
        }
        assert_eq!(code(offer(&app, &owner, membership(other, foreign.id, "a@example.org")).await), "not_permitted");
        let long = Invitee { first_name: Some("x".repeat(101)), ..to("ada@example.org") };
        let refused = refusal(offer(&app, &owner, OfferMembership { invitee: long, ..command() }).await);
        assert!(matches!(refused, Refusal::Invalid { .. }), "{refused:?}");
        app.set_realm("default", |settings| settings.blocked_domains = vec!["evil.example".into()]).await;
        assert_eq!(code(offer(&app, &owner, membership(group, join.id, "a@evil.example")).await), "email_invalid");
        app.set_realm("default", |settings| settings.max_open_invitations = Some(1)).await;
        offer(&app, &owner, command()).await.expect("offered");
        assert!(matches!(refusal(offer_admin(&app, &owner, group, "b@example.org").await), Refusal::LimitReached { .. }));
        let made = kinds_after(&app, before).await;
        assert_eq!(made.iter().filter(|kind| *kind == "invitation.created").count(), 1, "{made:?}");
    }

    async fn one_offer_of_a_kind_is_open_to_an_address(app: TestApp) {
        let (group, owner, join) = owned(&app, "acme").await;
        let first = offer(&app, &owner, membership(group, join.id, "ada@example.org")).await.expect("offered");
        assert_eq!(code(offer(&app, &owner, membership(group, join.id, "ADA@example.org")).await), "invitation_open");
        offer_admin(&app, &owner, group, "ada@example.org").await.expect("of another kind");
        assert_eq!(code(offer_admin(&app, &owner, group, "ada@example.org").await), "invitation_open");
        // Its time is over, though no job has said so yet.
        app.clock().advance(72 * 3_600);
        let second = offer(&app, &owner, membership(group, join.id, "ada@example.org")).await.expect("offered again");
        assert_ne!(first.id, second.id);
        let first = app.directory().invitation(&owner, first.id).await.expect("shown");
        assert_eq!(first.state.name(), "expired");
    }

    async fn who_may_invite_depends_on_what_is_offered(app: TestApp) {
        let (group, _, join) = owned(&app, "acme").await;
        let inviter = manager(&app, "inviter", &[]).await;
        let_do(&app, group, user_of(&inviter), "manager").await;
        offer(&app, &inviter, membership(group, join.id, "a@example.org")).await.expect("members");
        assert_eq!(code(offer_admin(&app, &inviter, group, "a@example.org").await), "not_permitted");
        let all_groups = manager(&app, "all-groups", &[Role::ManageGroups]).await;
        assert_eq!(code(offer(&app, &all_groups, membership(group, join.id, "b@example.org")).await), "not_permitted");
        offer_admin(&app, &all_groups, group, "b@example.org").await.expect("administrators");
        assert!(not_found(offer_admin(&app, &all_groups, directory::Id::new(uuid::Uuid::from_u128(9)), "b@example.org").await));
        let nobody = somebody(&app, "nobody").await;
        assert!(matches!(refusal(offer_admin(&app, &nobody, group, "c@example.org").await), Refusal::MissingScope(_)));
        let program = app.principal("groups", &["agm:admin"], Program::default()).await;
        offer_admin(&app, &program, group, "d@example.org").await.expect("by a program");
        let mails = app.deliver_mail().await;
        let mail = mails.iter().find(|mail| mail.to == "d@example.org").expect("a mail");
        assert!(mail.text.contains("the program groups invites you"), "{}", mail.text);
    }

    async fn nobody_offers_more_than_they_may_hand_on(app: TestApp) {
        let group = top(&app, "acme").await;
        let inviter = manager(&app, "inviter", &[]).await;
        let_do(&app, group, user_of(&inviter), "invite.admin members.read").await;
        assert_eq!(code(offer_admin(&app, &inviter, group, "a@example.org").await), "not_permitted");
        let viewer = OfferAdministration {
            capabilities: Capabilities::parse("members.read").expect("one"),
            ..OfferAdministration::of_owner(group, to("a@example.org"))
        };
        app.directory().execute(&inviter, viewer).await.expect("no more than they have");
        // Who owns this group alone, and for a while, makes nobody own what is below it, or for longer.
        let owner_here = manager(&app, "here", &[]).await;
        let own = GrantDelegation::owner(group, Whom::User(user_of(&owner_here)));
        let own = GrantDelegation { inherit: false, ..own };
        app.directory().execute(&app.operator().await, own).await.expect("granted");
        app.deliver_mail().await;
        offer_admin(&app, &owner_here, group, "ada@example.org").await.expect("offered");
        let ada = manager(&app, "ada", &[]).await;
        let link = secret(&app.deliver_mail().await, "ada@example.org");
        super::accept(&app, &ada, &link).await.expect("accepted");
        let sub = below(&app, group, "ops").await;
        assert_eq!(code(offer_admin(&app, &ada, sub, "b@example.org").await), "not_permitted");
        offer_admin(&app, &ada, group, "b@example.org").await.expect("here they may");
    }

    async fn what_nobody_could_accept_is_not_offered(app: TestApp) {
        let group = top(&app, "acme").await;
        let sub = below(&app, group, "ops").await;
        let inviter = manager(&app, "inviter", &[]).await;
        let_do(&app, group, user_of(&inviter), "members.read members.write").await;
        let_do(&app, sub, user_of(&inviter), "invite.admin").await;
        let offer = OfferAdministration {
            capabilities: Capabilities::parse("members.read").expect("one"),
            ..OfferAdministration::of_owner(sub, to("a@example.org"))
        };
        assert_eq!(code(app.directory().execute(&inviter, offer).await), "not_permitted");
        assert!(app.deliver_mail().await.iter().all(|mail| mail.to != "a@example.org"));
    }

    async fn into_a_privileged_group_invites_who_may_let_people_in(app: TestApp) {
        let (group, owner, join) = owned(&app, "acme").await;
        let privileged = SetPrivileged { group, privileged: Some(Privileged::default()) };
        app.directory().execute(&app.operator().await, privileged).await.expect("set");
        assert_eq!(code(offer(&app, &owner, membership(group, join.id, "a@example.org")).await), "privileged");
        assert_eq!(code(offer_admin(&app, &owner, group, "a@example.org").await), "privileged");
        offer(&app, &app.operator().await, membership(group, join.id, "a@example.org")).await.expect("offered");
    }

    async fn what_a_rule_forbids_is_not_offered(app: TestApp) {
        let (group, owner, join) = owned(&app, "acme").await;
        let says = rules::read(Level::TopLevel, "membershipExpirationDays", true, None, Some("30")).expect("a rule");
        app.directory().execute(&app.operator().await, SetRule { says }).await.expect("set");
        assert_eq!(code(offer(&app, &owner, membership(group, join.id, "a@example.org")).await), "rule_violated");
    }

    async fn what_a_rule_forbids_by_now_is_not_offered_again(app: TestApp) {
        let (group, owner, join) = owned(&app, "acme").await;
        let open = offer(&app, &owner, membership(group, join.id, "a@example.org")).await.expect("offered");
        app.deliver_mail().await;
        let says = rules::read(Level::TopLevel, "aup", true, None, None).expect("a rule");
        app.directory().execute(&app.operator().await, SetRule { says }).await.expect("set");
        let again = ResendInvitation { id: open.id };
        assert_eq!(code(app.directory().execute(&owner, again).await), "rule_violated");
        assert!(app.deliver_mail().await.is_empty());
    }
}
