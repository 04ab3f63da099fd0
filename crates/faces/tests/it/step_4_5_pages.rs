//! All pages and forms, as those come to them who have nothing to do there: a stranger, a member, an administrator of another group,
//! and somebody who was suspended. Nothing is given away, and nothing changes. Forms of other sites are refused to everybody.

use directory::delegation::{GrantDelegation, Whom};
use directory::invitation::{Invitee, OfferMembership, OfferedWay};
use directory::membership::{AddMembership, NewMember, Which};
use directory::{Id, Principal};
use faces::Face;
use http::Method;
use serde_json::json;
use testkit::{Answer, TestApp, TestProvider, both};

use crate::pages::browser::{Browser, provider};
use crate::pages::group::group;

/// What nobody learns who does not look after the group: of whom it is said, and what.
const SECRETS: [&str; 5] = [
    "Mia Hidden",
    "mia@hidden.example",
    "Rob Hidden",
    "rob@hidden.example",
    "guest@hidden.example",
];

/// What can be asked for.
struct Things {
    group: String,
    member: String,
    request: String,
    invitation: String,
    way: String,
    role: String,
    mia: String,
}

/// Forms of a route, or why it has none that concern others.
enum Forms {
    Of(Vec<(String, Vec<(&'static str, String)>)>),
    Own(&'static str),
}

/// Somebody signed in who is called so.
async fn signs_in(
    app: &TestApp,
    provider: &TestProvider,
    name: &str,
    domain: &str,
) -> (Id<directory::user::User>, Browser) {
    let email = format!("{name}@{domain}");
    let mut shown = format!("{name} Hidden");
    shown[..1].make_ascii_uppercase();
    let body = json!({ "userName": name, "displayName": shown, "emails": [{ "value": email, "primary": true }] });
    let id = app.user_with("default", body).await;
    let browser = Browser::new(app);
    browser.signs_in(provider, name, &email).await.expect(303);
    (id, browser)
}

async fn adds(app: &TestApp, operator: &Principal, group: Id<directory::group::Group>, name: &str) {
    let add = AddMembership {
        group,
        whom: NewMember::UserName(name.to_owned()),
        roles: vec!["member".into()],
        valid_from: None,
        last_day: None,
        configuration: None,
    };
    app.directory().execute(operator, add).await.expect("added");
}

/// The addresses of a route, with all that they can name.
fn addresses(path: &str, of: &Things) -> Vec<String> {
    let path = path
        .replace("{realm}", "default")
        .replace("{group}", &of.group)
        .replace("{member}", &of.member);
    let path = path
        .replace("{secret}", "x")
        .replace("{id}", "x")
        .replace("{file}", "x");
    let query = |query: &str| format!("{path}?{query}");
    let mut all = vec![path.clone()];
    if path.ends_with(&of.group) {
        let tabs = [
            "members",
            "members&below=yes",
            "invitations",
            "admins",
            "enrollments",
            "roles",
            "details",
            "details&delete",
            "subgroups",
            "history",
        ];
        all.extend(tabs.iter().map(|tab| query(&format!("tab={tab}"))));
    }
    if path.ends_with("enrollments") {
        all.push(query(&format!("id={}", of.request)));
        all.push(query("group=vault&status=PENDING_APPROVAL"));
    }
    if path.ends_with("/way") {
        all.push(query(&format!("id={}", of.way)));
    }
    if path.ends_with("/add") {
        all.extend([query("who=mia"), query("user=mia"), query("who=mia@hidden.example")]);
    }
    if path.ends_with(&of.member) {
        all.push(query("remove"));
    }
    if path.ends_with("/admingroups") {
        all.push(query("search=vault"));
    }
    if path.ends_with("/enroll") {
        all.push(query("groupPath=/vault"));
    }
    all
}

fn forms(path: &str, of: &Things) -> Forms {
    let group = format!("/realms/default/groups/admingroups/{}", of.group);
    let form = |act: &str, more: &[(&'static str, &str)]| {
        let mut fields = vec![("act", act.to_owned())];
        fields.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
        fields
    };
    let tab = |tab: &str, fields: Vec<(&'static str, String)>| (format!("{group}?tab={tab}"), fields);
    match path.trim_start_matches("/realms/{realm}") {
        "/groups/admingroups" => Forms::Of(vec![(
            "/realms/default/groups/admingroups".to_owned(),
            form("", &[("name", "mine")]),
        )]),
        "/groups/admingroups/{group}" => Forms::Of(vec![
            tab(
                "members",
                form("extend", &[("member", &of.member), ("until", "2031-12-31")]),
            ),
            tab("invitations", form("resend", &[("invitation", &of.invitation)])),
            tab("invitations", form("revoke", &[("invitation", &of.invitation)])),
            tab(
                "admins",
                form("name", &[("who", "eve"), ("preset", "owner"), ("inherit", "yes")]),
            ),
            tab("admins", form("change", &[("subject", &of.mia), ("preset", "viewer")])),
            tab("admins", form("end", &[("subject", &of.mia)])),
            tab("enrollments", form("first", &[("way", &of.way)])),
            tab("enrollments", form("delete", &[("way", &of.way)])),
            tab("roles", form("define", &[("name", "new")])),
            tab("roles", form("rename", &[("role", &of.role), ("name", "new")])),
            tab("roles", form("delete", &[("role", &of.role), ("instead", "")])),
            tab("details", form("attributes", &[("description", "Mine now")])),
            tab("details", form("settings", &[("notice_days", "3")])),
            tab("details", form("rename", &[("name", "mine")])),
            tab("details", form("move", &[("parent", "")])),
            tab("details", form("delete", &[])),
            tab("subgroups", form("make", &[("name", "mine")])),
        ]),
        "/groups/admingroups/{group}/add" => Forms::Of(vec![
            (
                format!("{group}/add"),
                form("add", &[("user", "eve"), ("way", &of.way), ("role", "member")]),
            ),
            (
                format!("{group}/add"),
                form(
                    "invite",
                    &[("address", "eve@other.example"), ("way", &of.way), ("role", "member")],
                ),
            ),
        ]),
        "/groups/admingroups/{group}/member/{member}" => Forms::Of(
            ["change", "roles", "suspend", "resume", "begin", "remove"]
                .map(|act| {
                    (
                        format!("{group}/member/{}", of.member),
                        form(act, &[("role", "member"), ("until", "2031-01-01")]),
                    )
                })
                .into(),
        ),
        "/groups/admingroups/{group}/way" => Forms::Of(vec![
            (
                format!("{group}/way"),
                form("", &[("name", "Mine"), ("active", "yes"), ("role", "member")]),
            ),
            (
                format!("{group}/way?id={}", of.way),
                form("", &[("name", "Mine"), ("active", "yes"), ("role", "member")]),
            ),
        ]),
        "/groups/groupenrollments" => Forms::Of(
            ["accept", "reject", "ask"]
                .map(|act| {
                    let path = format!("/realms/default/groups/groupenrollments?id={}", of.request);
                    (path, form(act, &[("question", "Why?"), ("reason", "So")]))
                })
                .into(),
        ),
        "/groups/mygroupenrollments" => Forms::Of(
            ["answer", "withdraw"]
                .map(|act| {
                    let path = format!("/realms/default/groups/mygroupenrollments?id={}", of.request);
                    (path, form(act, &[("text", "Mine")]))
                })
                .into(),
        ),
        "/groups/showgroups/{group}" => {
            Forms::Own("a member leaves and lets lapse; whoever is none is refused by the tests of My access")
        }
        "/enroll" => Forms::Own("everybody may ask to join by a way whose id they know"),
        "/sessions" | "/sign-out" => Forms::Own("ends one's own alone"),
        "/profile" => Forms::Own("says how one is told oneself"),
        "/oidc/backchannel-logout" => Forms::Own("takes what the provider signed, and no cookie"),
        "/sign-in" => Forms::Own("asks for a link to whatever address; nobody is told whose it is"),
        "/invitation/{secret}" | "/confirmation/{secret}" | "/sign-in/{secret}" => {
            Forms::Own("takes the secret of a link, and no more")
        }
        other => panic!("a form that nobody has looked at: {other}"),
    }
}

/// For whoever runs the test alone.
#[expect(clippy::print_stdout, reason = "a figure is printed")]
fn say(figure: &str) {
    println!("{figure}");
}

fn tells(who: &str, answer: &Answer, path: &str) {
    for secret in SECRETS {
        assert!(
            !answer.text.contains(secret),
            "{who} learns {secret} at {path}:\n{}",
            answer.text
        );
    }
}

both! {
    async fn who_has_nothing_to_do_there_learns_nothing_and_changes_nothing(app: TestApp) {
        let provider = provider(&app).await;
        let (vault, way) = group(&app, "vault", |draft| {
            draft.require_approval = true;
            draft.visible = false;
        }).await;
        let (other, _) = group(&app, "other", |_| ()).await;
        let operator = app.operator().await;
        let (mia, _) = signs_in(&app, &provider, "mia", "hidden.example").await;
        let (_, member) = signs_in(&app, &provider, "max", "shown.example").await;
        for name in ["mia", "max"] {
            adds(&app, &operator, vault, name).await;
        }
        let (rob, rob_browser) = signs_in(&app, &provider, "rob", "hidden.example").await;
        let form = rob_browser.get(&format!("/realms/default/enroll?id={way}")).await.expect(200);
        let token = rob_browser.form_token().await;
        assert!(form.text.contains("vault"));
        let asks = [("form_token", token.as_str()), ("way", &way.to_string()), ("role", "member")];
        let asked = rob_browser.post("/realms/default/enroll", &asks).await.expect(303);
        let location = asked.header("location").to_owned();
        let request = location.split("id=").nth(1).and_then(|rest| rest.split('&').next()).expect("an id").to_owned();
        let offer = OfferMembership {
            group: vault,
            invitee: Invitee { email: Some("guest@hidden.example".into()), ..Invitee::default() },
            way: OfferedWay::Named(way),
            roles: vec!["member".into()],
        };
        let invitation = app.directory().execute(&operator, offer).await.expect("offered").id.to_string();
        let (eve, admin) = signs_in(&app, &provider, "eve", "other.example").await;
        app.directory().execute(&operator, GrantDelegation::owner(other, Whom::User(eve))).await.expect("granted");
        let (olga, owner) = signs_in(&app, &provider, "olga", "owner.example").await;
        app.directory().execute(&operator, GrantDelegation::owner(vault, Whom::User(olga))).await.expect("granted");
        // Who was suspended looked after it before.
        let (sue, suspended) = signs_in(&app, &provider, "sue", "sue.example").await;
        app.directory().execute(&operator, GrantDelegation::owner(vault, Whom::User(sue))).await.expect("granted");
        let admin_of = admin.form_token().await;
        let suspended_of = suspended.form_token().await;
        let suspend = directory::user::SetLifecycle { id: sue, lifecycle: directory::user::Lifecycle::Suspended };
        app.directory().execute(&operator, suspend).await.expect("suspended");
        app.clock().advance(60);
        app.place_events().await;

        let held = app.directory().membership(&operator, vault, Which::User(mia)).await.expect("a member");
        let roles = app.directory().group_roles(&operator, vault).await.expect("roles");
        let things = Things {
            group: vault.to_string(),
            member: held.listed.membership.id.to_string(),
            request,
            invitation,
            way: way.to_string(),
            role: roles[0].id.to_string(),
            mia: mia.to_string(),
        };
        // Rob sees his own, and the walk is worth something: whoever looks after the group sees all of it.
        assert_eq!(rob.to_string().len(), 36);
        let mut seen = String::new();
        let gets: Vec<String> = faces::routes()
            .into_iter()
            .filter(|route| route.face == Face::Pages && route.method == Method::GET)
            .flat_map(|route| addresses(&route.path, &things))
            .collect();
        for path in &gets {
            seen += &owner.get(path).await.text;
        }
        for secret in SECRETS {
            assert!(seen.contains(secret), "nobody sees {secret}");
        }
        let member_of = member.form_token().await;
        let people = [
            ("a stranger", Browser::new(&app), String::new()),
            ("a member", member, member_of),
            ("an administrator of another group", admin, admin_of),
            ("somebody suspended", suspended, suspended_of),
        ];
        let before = app.event_kinds().await.len();
        let mut sent = 0;
        for (who, browser, token) in &people {
            for path in &gets {
                // This begins another sign-in, or notes that somebody came.
                if path.contains("/oidc/") || path.ends_with("/sign-in") {
                    continue;
                }
                let answer = browser.get(path).await;
                assert!(answer.status < 500, "{who} at {path}: {answer}");
                tells(who, &answer, path);
            }
            for route in faces::routes().iter().filter(|route| route.face == Face::Pages && route.method == Method::POST) {
                let Forms::Of(forms) = forms(&route.path, &things) else { continue };
                for (path, fields) in forms {
                    let mut all: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
                    all.push(("form_token", token));
                    let answer = browser.post(&path, &all).await;
                    sent += 1;
                    let status = answer.status;
                    assert!((400..500).contains(&status), "{who} sends {fields:?} to {path}: {answer}");
                    assert!(answer.events.is_empty(), "{who} sends {fields:?} to {path}: {answer}");
                    tells(who, &answer, &path);
                }
            }
        }
        assert_eq!(app.event_kinds().await.len(), before, "{:?}", app.event_kinds().await);

        // Whoever may do it does not do it by a form of another site.
        let token = owner.form_token().await;
        for route in faces::routes().iter().filter(|route| route.face == Face::Pages && route.method == Method::POST) {
            match forms(&route.path, &things) {
                Forms::Own(why) => assert!(!why.is_empty()),
                Forms::Of(forms) => for (path, fields) in forms {
                    for (site, token) in [("cross-site", token.as_str()), ("same-site", &token), ("same-origin", "wrong"), ("same-origin", "")] {
                        let mut all: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
                        all.push(("form_token", token));
                        let answer = owner.post_from(site, &path, &all).await.expect(403);
                        sent += 1;
                        assert!(answer.text.contains("That did not come from this page"), "{answer}");
                        assert!(answer.events.is_empty(), "{answer}");
                    }
                },
            }
        }
        say(&format!("figure: {} pages asked for by each of {} people, {sent} forms refused", gets.len(), people.len()));
    }
}
