//! The realm's OpenID provider: whose its tokens are, and what a node does while its keys change or it is away.

use directory::provider::Misfit;
use directory::realm::JitMode;
use directory::token::AuthError;
use directory::user::{GrantRole, Lifecycle, PatchUser, SetLifecycle, User};
use directory::view::IfMatch;
use directory::{Actor, Credential, Id, Principal, RealmRight, Role, Scope};
use futures_util::future::join_all;
use serde_json::{Value, json};
use testkit::{Program, TestApp, both};

use crate::invitations::{ann as ann_at, hr, invited};
use crate::support::groups::person;
use crate::support::{create, delete, operations, put};

/// Who acts by that token in the realm `default`. Nothing is remembered of earlier ones.
pub(crate) async fn by(app: &TestApp, token: &str) -> Result<Principal, AuthError> {
    app.directory().forget_cached();
    let realm = app.realm("default").await;
    app.directory().authenticate(realm, token).await
}

pub(crate) async fn who(app: &TestApp, token: &str) -> Id<User> {
    let principal = by(app, token).await.expect("it counts");
    principal.user().expect("a person")
}

pub(crate) async fn misfit(app: &TestApp, token: &str) -> Misfit {
    match by(app, token).await {
        Err(AuthError::Unfit(misfit)) => misfit,
        other => panic!("{other:?}"),
    }
}

pub(crate) async fn is_nobody(app: &TestApp, token: &str) -> bool {
    matches!(by(app, token).await, Err(AuthError::NotAdmitted(_)))
}

pub(crate) async fn jit(app: &TestApp, mode: JitMode) {
    app.set_realm("default", |settings| settings.oidc.jit = Some(mode))
        .await;
}

pub(crate) fn with(mut value: Value, name: &str, other: Value) -> Value {
    value[name] = other;
    value
}

pub(crate) async fn how_often(app: &TestApp, kind: &str) -> usize {
    app.event_kinds().await.iter().filter(|known| *known == kind).count()
}

both! {
    async fn the_first_sign_in_links_the_person_whose_verified_address_it_is(app: TestApp) {
        let provider = app.provider("default").await;
        let ann = app.user("ann").await;
        let token = provider.token_of("s1", "Ann@Example.ORG");
        assert_eq!(who(&app, &token).await, ann);
        assert_eq!(how_often(&app, "user.linked").await, 1);
        // From now on the name at the provider counts, whatever the address is.
        assert_eq!(who(&app, &provider.token("s1", &json!({}))).await, ann);
        assert_eq!(who(&app, &provider.token_of("s1", "ann@elsewhere.example")).await, ann);
        assert_eq!(how_often(&app, "user.linked").await, 1);
        let principal = by(&app, &token).await.expect("it counts");
        let Actor::User(actor) = &principal.actor else { panic!("no person") };
        let Credential::Provider(of) = &actor.credential else { panic!("no token of the provider") };
        assert_eq!((of.issuer.as_str(), of.subject.as_str()), (provider.issuer(), "s1"));
        assert!(actor.client.is_none());
    }

    async fn an_address_that_is_not_verified_or_not_the_persons_own_links_nobody(app: TestApp) {
        let provider = app.provider("default").await;
        app.user("ann").await;
        for verified in [json!(false), json!("true"), Value::Null] {
            let token = provider.token("s1", &json!({ "email": "ann@example.org", "email_verified": verified }));
            assert!(is_nobody(&app, &token).await, "{verified}");
        }
        let more = json!({ "userName": "bob", "emails": [{ "value": "bob@example.org", "primary": true }, { "value": "other@example.org" }] });
        app.user_with("default", more).await;
        assert!(is_nobody(&app, &provider.token_of("s2", "other@example.org")).await);
        assert!(is_nobody(&app, &provider.token_of("s3", "nobody@example.org")).await);
        assert_eq!(how_often(&app, "user.linked").await, 0);
    }

    async fn an_address_that_looks_like_the_persons_or_waits_for_confirmation_links_nobody(app: TestApp) {
        let provider = app.provider("default").await;
        app.user_with("default", json!({ "userName": "eva", "emails": [{ "value": "eva@weiss.example" }] })).await;
        assert!(is_nobody(&app, &provider.token_of("s1", "eva@weiß.example")).await);
        app.set_realm("default", |settings| settings.oidc.validate_emails = true).await;
        let mal = app.user("mal").await;
        let body = json!({ "userName": "mal", "emails": [{ "value": "victim@example.org" }] });
        put(&app, &app.operator().await, mal, body).await.expect("written");
        assert!(is_nobody(&app, &provider.token_of("s2", "victim@example.org")).await);
        assert_eq!(how_often(&app, "confirmation.requested").await, 1);
        assert_eq!(how_often(&app, "user.linked").await, 0);
    }

    async fn an_address_that_people_wrote_themselves_links_nobody_and_stands_in_nobodys_way(app: TestApp) {
        let provider = app.provider("default").await;
        jit(&app, JitMode::On).await;
        app.set_realm("default", |settings| settings.self_editable = Some(vec!["emails".into()])).await;
        let mal = app.user("mal").await;
        let themselves = person(&app, mal, &[Scope::ScimMe], &[]).await;
        let moved = json!([{ "op": "replace", "path": "emails", "value": [{ "value": "victim@example.org", "primary": true }] }]);
        let written = PatchUser { id: mal, operations: operations(&moved), if_match: IfMatch::Any, needs: Scope::ScimMe };
        app.directory().execute(&themselves, written).await.expect("written");
        let victim = who(&app, &provider.token_of("s1", "victim@example.org")).await;
        assert_ne!(victim, mal);
        assert_eq!(who(&app, &provider.token_of("s1", "victim@example.org")).await, victim);
    }

    async fn nobody_is_called_by_an_address_that_is_not_proved_to_be_theirs(app: TestApp) {
        let provider = app.provider("default").await;
        jit(&app, JitMode::On).await;
        let claims = json!({ "preferred_username": "ceo@example.org", "email": "mal@example.org", "email_verified": true });
        let made = who(&app, &provider.token("s1", &claims)).await;
        let operator = app.operator().await;
        assert_eq!(app.directory().user(&operator, made).await.expect("there").user_name(), "mal@example.org");
    }

    async fn a_sign_in_that_is_too_weak_leaves_roles_unused(app: TestApp) {
        let provider = app.provider("default").await;
        let ann = app.user("ann").await;
        let operator = app.operator().await;
        app.directory().execute(&operator, GrantRole { id: ann, role: Role::RealmAdmin }).await.expect("granted");
        app.set_realm("default", |settings| settings.oidc.acr = Some("gold".into())).await;
        let roles = async |acr: &str| {
            let claims = json!({ "email": "ann@example.org", "email_verified": true, "acr": acr });
            let principal = by(&app, &provider.token("s1", &claims)).await.expect("it counts");
            let Actor::User(actor) = &principal.actor else { panic!("no person") };
            actor.roles.clone()
        };
        assert_eq!(roles("silver").await, []);
        assert_eq!(roles("gold").await, [Role::RealmAdmin]);
    }

    async fn one_person_has_one_name_at_an_issuer_and_an_address_of_two_links_neither(app: TestApp) {
        let provider = app.provider("default").await;
        let ann = app.user("ann").await;
        assert_eq!(who(&app, &provider.token_of("s1", "ann@example.org")).await, ann);
        assert!(is_nobody(&app, &provider.token_of("s2", "ann@example.org")).await);
        for name in ["bob", "bob2"] {
            app.user_with("default", json!({ "userName": name, "emails": [{ "value": "bob@example.org" }] })).await;
        }
        jit(&app, JitMode::On).await;
        // Nobody is made beside those whose address it is.
        assert!(is_nobody(&app, &provider.token_of("s2", "ann@example.org")).await);
        assert!(is_nobody(&app, &provider.token_of("s3", "bob@example.org")).await);
    }

    async fn a_first_sign_in_makes_a_person_where_the_realm_wants_it(app: TestApp) {
        let provider = app.provider("default").await;
        let claims = json!({ "preferred_username": "eve", "name": "Eve Oh", "email": "eve@example.org", "email_verified": true });
        let token = provider.token("s1", &claims);
        assert!(is_nobody(&app, &token).await);
        jit(&app, JitMode::On).await;
        let eve = who(&app, &token).await;
        assert_eq!(who(&app, &token).await, eve);
        let operator = app.operator().await;
        let made = app.directory().user(&operator, eve).await.expect("she is there");
        assert_eq!(made.lifecycle, Lifecycle::Active);
        assert_eq!(made.user_name(), "eve");
        assert_eq!(made.attributes()["emails"][0]["value"], "eve@example.org");
        // Who is called the same there is another person, under another name, and without an address nobody has verified.
        let other = who(&app, &provider.token("s2", &json!({ "preferred_username": "eve", "email": "e@example.org" }))).await;
        let other = app.directory().user(&operator, other).await.expect("they are there");
        assert_eq!(other.user_name(), "s2");
        assert_eq!(other.attributes().get("emails"), None);
        assert_eq!((how_often(&app, "user.created").await, how_often(&app, "user.linked").await), (2, 2));
    }

    async fn by_itself_the_realm_makes_people_until_a_program_provisions(app: TestApp) {
        let provider = app.provider("default").await;
        jit(&app, JitMode::Auto).await;
        who(&app, &provider.token("s1", &json!({}))).await;
        app.token("hr", &["scim:write"], &Program::default()).await;
        assert!(is_nobody(&app, &provider.token("s2", &json!({}))).await);
        who(&app, &provider.token("s1", &json!({}))).await;
    }

    async fn claims_that_make_no_person_are_refused_like_nobody(app: TestApp) {
        let provider = app.provider("default").await;
        jit(&app, JitMode::On).await;
        let blank = json!({ "preferred_username": " ", "email": "no address", "email_verified": true });
        let before = app.event_kinds().await.len();
        assert!(is_nobody(&app, &provider.token(" ", &blank)).await);
        assert_eq!(app.event_kinds().await.len(), before);
    }

    async fn whoever_is_kept_out_is_refused_with_any_token(app: TestApp) {
        let provider = app.provider("default").await;
        jit(&app, JitMode::On).await;
        let (ann, bob) = (app.user("ann").await, app.user("bob").await);
        let (of_ann, of_bob) = (provider.token_of("s1", "ann@example.org"), provider.token_of("s2", "bob@example.org"));
        who(&app, &of_ann).await;
        let operator = app.operator().await;
        for id in [ann, bob] {
            let suspend = SetLifecycle { id, lifecycle: Lifecycle::Suspended };
            app.directory().execute(&operator, suspend).await.expect("suspended");
        }
        // Ann was linked before, Bob was not, and is not now.
        assert_eq!(misfit(&app, &of_ann).await, Misfit::PersonOut);
        assert_eq!(misfit(&app, &of_bob).await, Misfit::PersonOut);
        assert_eq!(how_often(&app, "user.linked").await, 1);
        let admit = SetLifecycle { id: ann, lifecycle: Lifecycle::Active };
        app.directory().execute(&operator, admit).await.expect("let in");
        assert_eq!(who(&app, &of_ann).await, ann);
        delete(&app, &operator, ann).await.expect("deleted");
        assert_eq!(misfit(&app, &of_ann).await, Misfit::PersonOut);
        assert_eq!(how_often(&app, "user.created").await, 2, "nobody comes back by signing in");
        // A new account at the address is theirs.
        let anew = app.user("ann").await;
        assert_eq!(who(&app, &of_ann).await, anew);
    }

    async fn who_is_invited_is_in_by_signing_in_with_the_invited_address(app: TestApp) {
        let provider = app.provider("default").await;
        let hr = hr(&app).await;
        let (ann, secret) = invited(&app, &hr).await;
        let elsewhere = provider.token("s1", &json!({ "email": "ann@example.org" }));
        assert!(is_nobody(&app, &elsewhere).await);
        assert_eq!(who(&app, &provider.token_of("s1", "ann@example.org")).await, ann.id);
        assert_eq!(how_often(&app, "invitation.accepted").await, 1);
        assert_eq!(how_often(&app, "user.linked").await, 1);
        assert!(crate::invitations::accept(&app, &secret).await.is_err(), "the link is spent");
    }

    async fn an_invitation_whose_time_is_over_is_not_accepted_by_signing_in(app: TestApp) {
        let provider = app.provider("default").await;
        let hr = hr(&app).await;
        create(&app, &hr, ann_at()).await.expect("created");
        app.pass(60 * 86_400).await;
        assert_eq!(misfit(&app, &provider.token_of("s1", "ann@example.org")).await, Misfit::PersonOut);
        assert_eq!(how_often(&app, "invitation.accepted").await, 0);
    }

    async fn the_claim_with_the_name_id_is_an_external_id_to_the_letter(app: TestApp) {
        let provider = app.provider("default").await;
        app.set_realm("default", |settings| settings.oidc.name_id_claim = Some("name_id".to_owned())).await;
        let scim = app.principal("scim", &["scim:write"], Program::default()).await;
        let made = create(&app, &scim, json!({ "userName": "ann", "externalId": "Ann-1" })).await.expect("created");
        assert!(is_nobody(&app, &provider.token("s1", &json!({ "name_id": "ann-1" }))).await);
        assert_eq!(who(&app, &provider.token("s1", &json!({ "name_id": "Ann-1" }))).await, made.id);
    }

    async fn roles_are_those_granted_here_and_those_of_the_token(app: TestApp) {
        let provider = app.provider("default").await;
        let ann = app.user("ann").await;
        let operator = app.operator().await;
        let grant = GrantRole { id: ann, role: Role::Inviter };
        app.directory().execute(&operator, grant).await.expect("granted");
        let more = json!({
            "email": "ann@example.org", "email_verified": true, "usher_roles": ["inviter"],
            "resource_access": { "account": { "roles": ["manage-groups"] }, "realm-management": { "roles": ["manage-users"] } },
        });
        let principal = by(&app, &provider.token("s1", &more)).await.expect("it counts");
        let Actor::User(actor) = &principal.actor else { panic!("no person") };
        assert_eq!(actor.roles, [Role::Inviter, Role::ManageGroups]);
        let Credential::Provider(token) = &actor.credential else { panic!("no token of the provider") };
        assert_eq!(token.rights, [RealmRight::Groups, RealmRight::People]);
        // The next token says something else, and that counts at once.
        let principal = by(&app, &provider.token("s1", &json!({}))).await.expect("it counts");
        let Actor::User(actor) = &principal.actor else { panic!("no person") };
        assert_eq!(actor.roles, [Role::Inviter]);
    }

    async fn a_token_that_is_wrong_in_one_thing_is_refused(app: TestApp) {
        let provider = app.provider("default").await;
        app.user("ann").await;
        let good = provider.token_of("s1", "ann@example.org");
        who(&app, &good).await;
        let claims = provider.claims("s1");
        let now = claims["iat"].as_i64().expect("seconds");
        let changed = |name: &str, value: Value| provider.signed(&with(claims.clone(), name, value));
        let cases = [
            (changed("iss", json!("https://id.example/other")), Misfit::Issuer),
            (changed("aud", json!("urn:usher:other")), Misfit::Audience),
            (changed("exp", json!(now - 31)), Misfit::Expired),
            (changed("exp", Value::Null), Misfit::Endless),
            (changed("nbf", json!(now + 31)), Misfit::Early),
            (changed("sub", json!("")), Misfit::Subject),
            (changed("nonce", json!("n")), Misfit::Purpose),
            (changed("cnf", json!({ "jkt": "k" })), Misfit::Bound),
            (provider.signed_as(&with(provider.header(), "alg", json!("none")), &claims), Misfit::Algorithm),
            (provider.signed_as(&with(provider.header(), "alg", json!("HS256")), &claims), Misfit::Algorithm),
            (provider.signed_as(&with(provider.header(), "alg", json!("RS256")), &claims), Misfit::Key),
            (provider.signed_as(&with(provider.header(), "kid", json!("other")), &claims), Misfit::Key),
            (provider.signed_as(&with(provider.header(), "crit", json!(["b64"])), &claims), Misfit::Critical),
            (provider.signed_as(&with(provider.header(), "typ", json!("dpop+jwt")), &claims), Misfit::Purpose),
            (format!("{good}="), Misfit::Malformed),
            ("a.b.c".to_owned(), Misfit::Malformed),
        ];
        for (token, expected) in cases {
            assert_eq!(misfit(&app, &token).await, expected, "{token}");
        }
        let (signed, _) = good.rsplit_once('.').expect("dots");
        let other = provider.token_of("s2", "ann@example.org");
        let (_, signature) = other.rsplit_once('.').expect("dots");
        assert_eq!(misfit(&app, &format!("{signed}.{signature}")).await, Misfit::Signature);
        // Another provider that signs for this issuer has other keys.
        let forger = app.unknown_provider("https://evil.example");
        let forged = forger.signed(&claims);
        assert_eq!(misfit(&app, &forged).await, Misfit::Signature);
        assert_eq!(how_often(&app, "user.linked").await, 1);
    }

    async fn a_token_of_one_realm_acts_in_no_other(app: TestApp) {
        let (provider, other) = (app.provider("default").await, app.provider("other").await);
        let email = json!({ "userName": "ann", "emails": [{ "value": "ann@example.org" }] });
        app.user_with("default", email.clone()).await;
        app.user_with("other", email).await;
        who(&app, &provider.token_of("s1", "ann@example.org")).await;
        assert_eq!(misfit(&app, &other.token_of("s1", "ann@example.org")).await, Misfit::Issuer);
        let realm = app.realm("other").await;
        let refused = app.directory().authenticate(realm, &provider.token_of("s1", "ann@example.org")).await;
        assert!(matches!(refused, Err(AuthError::Unfit(Misfit::Issuer))));
        // Without a provider there are no such tokens.
        app.set_realm("default", |settings| settings.oidc.issuer = None).await;
        assert!(matches!(by(&app, &provider.token_of("s1", "ann@example.org")).await, Err(AuthError::Invalid)));
    }

    async fn a_new_key_is_fetched_when_a_token_names_it_but_not_for_every_invented_name(app: TestApp) {
        let provider = app.provider("default").await;
        app.user("ann").await;
        let old = provider.token_of("s1", "ann@example.org");
        who(&app, &old).await;
        who(&app, &old).await;
        assert_eq!(provider.asked_for_keys(), 1);
        provider.rotate();
        let new = provider.token_of("s1", "ann@example.org");
        // The key was asked for a moment ago.
        assert_eq!(misfit(&app, &new).await, Misfit::Key);
        app.clock().advance(10);
        who(&app, &new).await;
        assert_eq!(provider.asked_for_keys(), 1);
        assert_eq!(misfit(&app, &old).await, Misfit::Key, "the old key is gone");
        for number in 0..50 {
            let header = with(provider.header(), "kid", json!(format!("invented-{number}")));
            let token = provider.signed_as(&header, &provider.claims("s1"));
            assert_eq!(misfit(&app, &token).await, Misfit::Key);
        }
        assert_eq!(provider.asked_for_keys(), 0);
        app.clock().advance(600);
        who(&app, &provider.token_of("s1", "ann@example.org")).await;
        assert_eq!(provider.asked_for_keys(), 1, "old keys are fetched again");
    }

    async fn while_the_provider_is_away_its_keys_go_on_for_a_day(app: TestApp) {
        let provider = app.provider("default").await;
        app.user("ann").await;
        let token = || provider.token_of("s1", "ann@example.org");
        who(&app, &token()).await;
        provider.goes_away();
        provider.asked_for_keys();
        app.clock().advance(3_000);
        who(&app, &token()).await;
        who(&app, &token()).await;
        assert_eq!(provider.asked_for_keys(), 1, "it is not asked each time");
        app.clock().advance(23 * 3_600);
        who(&app, &token()).await;
        app.clock().advance(3_600);
        assert!(matches!(by(&app, &token()).await, Err(AuthError::ProviderAway)));
        provider.comes_back();
        assert!(matches!(by(&app, &token()).await, Err(AuthError::ProviderAway)), "it was asked a moment ago");
        app.clock().advance(10);
        who(&app, &token()).await;
    }

    async fn a_node_that_never_had_the_keys_says_that_the_provider_is_away(app: TestApp) {
        let provider = app.provider("default").await;
        app.user("ann").await;
        provider.goes_away();
        let token = provider.token_of("s1", "ann@example.org");
        assert!(matches!(by(&app, &token).await, Err(AuthError::ProviderAway)));
        provider.comes_back();
        app.clock().advance(10);
        who(&app, &token).await;
    }

    async fn of_many_first_requests_one_links_and_one_makes(app: TestApp) {
        let provider = app.provider("default").await;
        jit(&app, JitMode::On).await;
        let ann = app.user("ann").await;
        let realm = app.realm("default").await;
        let nodes = [app.clone(), app.another().await];
        let sign_in = |index: usize, token: String| {
            let directory = nodes[index % 2].directory().clone();
            async move { directory.authenticate(realm, &token).await.expect("it counts").user() }
        };
        let known = (0..16).map(|index| sign_in(index, provider.token_of("s1", "ann@example.org")));
        let new = (0..16).map(|index| sign_in(index, provider.token_of("s2", "eve@example.org")));
        let (people, made) = tokio::join!(join_all(known), join_all(new));
        let (people, made): (Vec<_>, Vec<_>) = (people.into_iter().flatten().collect(), made.into_iter().flatten().collect());
        assert_eq!((people.len(), made.len()), (16, 16));
        assert!(people.iter().all(|id| *id == ann));
        assert!(made.iter().all(|id| *id == made[0] && *id != ann));
        assert_eq!((how_often(&app, "user.linked").await, how_often(&app, "user.created").await), (2, 2));
    }

    async fn whoever_is_kept_out_is_out_at_once_on_the_same_node(app: TestApp) {
        let provider = app.provider("default").await;
        let (ann, realm, operator) = (app.user("ann").await, app.realm("default").await, app.operator().await);
        let token = provider.token_of("s1", "ann@example.org");
        let sign_in = async || app.directory().authenticate(realm, &token).await;
        sign_in().await.expect("it counts");
        for _ in 0..2 {
            let suspend = SetLifecycle { id: ann, lifecycle: Lifecycle::Suspended };
            app.directory().execute(&operator, suspend).await.expect("suspended");
            assert!(matches!(sign_in().await, Err(AuthError::Unfit(Misfit::PersonOut))));
            let admit = SetLifecycle { id: ann, lifecycle: Lifecycle::Active };
            app.directory().execute(&operator, admit).await.expect("let in");
            sign_in().await.expect("it counts");
        }
        delete(&app, &operator, ann).await.expect("deleted");
        assert!(matches!(sign_in().await, Err(AuthError::Unfit(Misfit::PersonOut))));
    }

    async fn whoever_is_remembered_elsewhere_is_looked_up_again_within_a_second(app: TestApp) {
        let provider = app.provider("default").await;
        let ann = app.user("ann").await;
        let realm = app.realm("default").await;
        let token = provider.token_of("s1", "ann@example.org");
        let elsewhere = app.another().await;
        let sign_in = || elsewhere.directory().authenticate(realm, &token);
        sign_in().await.expect("it counts");
        let operator = app.operator().await;
        let suspend = SetLifecycle { id: ann, lifecycle: Lifecycle::Suspended };
        app.directory().execute(&operator, suspend).await.expect("suspended");
        let since = std::time::Instant::now();
        while sign_in().await.is_ok() {
            assert!(since.elapsed() < std::time::Duration::from_secs(1), "it counts too long");
            tokio::task::yield_now().await;
        }
    }

    async fn what_is_erased_of_somebody_is_their_name_at_the_provider_too(app: TestApp) {
        let provider = app.provider("default").await;
        let ann = app.user("ann").await;
        who(&app, &provider.token_of("s1", "ann@example.org")).await;
        let operator = app.operator().await;
        delete(&app, &operator, ann).await.expect("deleted");
        app.pass(31 * 86_400).await;
        let rows = app.db().query("SELECT COUNT(*) FROM identity_links", &[]).await.expect("a count");
        let mut row = rows.into_iter().next().expect("a row");
        let left: i64 = row.take(0).expect("a number");
        assert_eq!(left, 0);
    }
}
