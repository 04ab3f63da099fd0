//! My groups: what somebody who looks after groups sees and does.

use directory::delegation::{GrantDelegation, Preset, Whom};
use directory::enrollment::SetRule;
use directory::enrollment::rule::{Level, rules::read};
use directory::group::{CreateSubgroup, Group, GroupName, NewGroup};
use directory::membership::{AddMembership, NewMember};
use directory::user::{GrantRole, User};
use directory::zone::Day;
use directory::{Id, Role};
use serde_json::json;
use testkit::{Answer, TestApp, TestProvider, both};

use super::browser::{Browser, hidden, provider, shows};
use super::group::group;

const ALL: &str = "/realms/default/groups/admingroups";
const QUEUE: &str = "/realms/default/groups/groupenrollments";

/// What comes of one membership that lasts longer.
const CHANGED: [&str; 3] = ["member.changed", "GROUP_MEMBERSHIP_UPDATE", "mail.queued"];

/// Somebody who is signed in; of their name the first letter is the subject at the provider.
async fn person(app: &TestApp, provider: &TestProvider, name: &str) -> (Id<User>, Browser) {
    let email = format!("{name}@example.org");
    let mut shown = name.to_owned();
    shown[..1].make_ascii_uppercase();
    let body = json!({ "userName": name, "displayName": shown, "emails": [{ "value": email, "primary": true }] });
    let id = app.user_with("default", body).await;
    let browser = Browser::new(app);
    browser.signs_in(provider, name, &email).await.expect(303);
    (id, browser)
}

/// Lets somebody look after a group.
async fn lets(app: &TestApp, group: Id<Group>, whom: Id<User>, preset: Preset) {
    let grant = GrantDelegation {
        capabilities: preset.capabilities(),
        ..GrantDelegation::owner(group, Whom::User(whom))
    };
    let operator = app.operator().await;
    app.directory().execute(&operator, grant).await.expect("granted");
    // What a node remembers of a session is read anew.
    app.clock().advance(60);
}

async fn puts(app: &TestApp, group: Id<Group>, name: &str) {
    let add = AddMembership {
        group,
        whom: NewMember::UserName(name.to_owned()),
        roles: vec!["member".into()],
        valid_from: None,
        last_day: None,
        configuration: None,
    };
    let operator = app.operator().await;
    app.directory().execute(&operator, add).await.expect("added");
}

/// Sends a form of a page, with what it carries.
async fn sends(browser: &Browser, path: &str, fields: &[(&str, &str)]) -> Answer {
    let token = browser.form_token().await;
    let mut all = vec![("form_token", token.as_str())];
    all.extend(fields);
    browser.post(path, &all).await
}

/// Where the first link of a page leads that begins like that.
fn link<'a>(page: &'a Answer, begins: &str) -> &'a str {
    let (_, rest) = page
        .text
        .split_once(&format!("href=\"{begins}"))
        .unwrap_or_else(|| panic!("no link {begins} in\n{}", page.text));
    let whole = &page.text[page.text.len() - rest.len() - begins.len()..];
    whole.split('"').next().unwrap_or_default()
}

both! {
    async fn who_looks_after_nothing_is_told_so_and_who_does_finds_the_groups(app: TestApp) {
        let provider = provider(&app).await;
        let (ops, _) = group(&app, "ops", |_| ()).await;
        let (labs, _) = group(&app, "labs", |_| ()).await;
        let (ben, browser) = person(&app, &provider, "ben").await;
        shows(&browser.get(ALL).await.expect(200), &["You look after no group"]);
        assert!(!browser.get("/").await.expect(200).text.contains("Groups I look after"));
        browser.get(&format!("{ALL}/{ops}")).await.expect(403);
        browser.get(&format!("{ALL}/nonsense")).await.expect(404);
        sends(&browser, ALL, &[("name", "mine")]).await.expect(422);

        lets(&app, ops, ben, Preset::Owner).await;
        let list = browser.get(ALL).await.expect(200);
        shows(&list, &["Groups I look after", "All about &lt;ops&gt;"]);
        assert!(!list.text.contains("labs") && !list.text.contains("Make a group"));
        shows(&browser.get(&format!("{ALL}?search=OP")).await.expect(200), &[&format!("{ALL}/{ops}")]);
        shows(&browser.get(&format!("{ALL}?search=lab")).await.expect(200), &["No group is found"]);
        browser.get(&format!("{ALL}/{labs}?tab=members")).await.expect(403);
        let page = browser.get(&format!("{ALL}/{ops}")).await.expect(200);
        shows(&page, &["Nobody is in this group yet", "Ways to join", "History", "Add or invite"]);

        // Whoever manages all groups makes some, and finds those below as well.
        let manages = GrantRole { id: ben, role: Role::ManageGroups };
        app.directory().execute(&app.operator().await, manages).await.expect("granted");
        app.clock().advance(60);
        shows(&browser.get(ALL).await.expect(200), &["labs", "Make a group"]);
        let made = sends(&browser, ALL, &[("name", "new <b>"), ("description", "For tests")]).await.expect(303);
        assert!(made.events.contains(&"group.created".to_owned()), "{made}");
        shows(&browser.get(made.header("location")).await.expect(200), &["new &lt;b&gt;", "The group was made", "For tests"]);
        let taken = sends(&browser, ALL, &[("name", "ops"), ("description", "Kept")]).await.expect(422);
        shows(&taken, &["There is a group of this name", "Kept"]);
    }

    async fn several_members_stay_longer_and_of_each_is_said_what_it_comes_to(app: TestApp) {
        let provider = provider(&app).await;
        let (ops, _) = group(&app, "ops", |_| ()).await;
        let (ben, browser) = person(&app, &provider, "ben").await;
        lets(&app, ops, ben, Preset::Owner).await;
        let operator = app.operator().await;
        let mut ids = Vec::new();
        for (name, until) in [("ann", Some("2030-03-31")), ("carl", Some("2030-12-31")), ("dora", None)] {
            person(&app, &provider, name).await;
            let add = AddMembership {
                group: ops,
                whom: NewMember::UserName(name.to_owned()),
                roles: vec!["member".into()],
                valid_from: None,
                last_day: until.map(|day| Day::parse(day).unwrap()),
                configuration: None,
            };
            ids.push(app.directory().execute(&operator, add).await.expect("added").id.to_string());
        }
        let [ann, carl, dora] = &ids[..] else { panic!("three") };
        let page = format!("{ALL}/{ops}");
        let list = browser.get(&page).await.expect(200);
        shows(&list, &[&format!("value=\"{ann}\" aria-label=\"Choose Ann\""), "See what changes"]);
        // Whoever looked for some chooses among them.
        let found = browser.get(&format!("{page}?tab=members&search=an")).await.expect(200);
        shows(&found, &["name=\"tab\" value=\"members\"", "name=\"search\" value=\"an\""]);
        let look = |members: &[&String], until: &str| {
            let members: Vec<String> = members.iter().map(|id| format!("&member={id}")).collect();
            format!("{page}?tab=members&extend=look&until={until}{}", members.concat())
        };
        // Looking changes nothing.
        shows(&browser.get(&look(&[], "2030-06-30")).await.expect(422), &["Choose who is to stay longer"]);
        let wrong = browser.get(&look(&[ann], "soon")).await.expect(422);
        shows(&wrong, &["value=\"soon\"", &format!("value=\"{ann}\" aria-label=\"Choose Ann\" checked")]);
        let looked = browser.get(&look(&[ann, carl, dora], "2030-06-30")).await.expect(200);
        shows(&looked, &["This is what changes, as far as the rules for this group allow it. Nothing has been done yet.", "Sunday, 31 March 2030", "Sunday, 30 June 2030", "stays as it is", "Let 1 stay longer"]);
        assert!(looked.events.is_empty() && !looked.text.contains(&format!("name=\"member\" value=\"{carl}")), "{}", looked.text);
        shows(&browser.get(&look(&[dora], "2030-06-30")).await.expect(200), &["Nobody would stay longer by that"]);

        let tab = format!("{page}?tab=members");
        let sent = [("act", "extend"), ("member", ann.as_str()), ("until", "2030-06-30")];
        let done = sends(&browser, &tab, &sent).await.expect(303);
        assert_eq!((done.header("location"), done.events.as_slice()), (format!("{tab}&done=extended").as_str(), &CHANGED.map(str::to_owned)[..]));
        shows(&browser.get(done.header("location")).await.expect(200), &["They stay longer now", "until the end of Sunday, 30 June 2030"]);

        // What somebody else decided meanwhile is not undone unseen.
        let stale = [("act", "extend"), ("member", &format!("{ann}.1")), ("until", "2030-07-31")];
        let changed = sends(&browser, &tab, &stale).await.expect(422);
        assert!(changed.events.is_empty() && changed.text.contains("Not all can stay so long"), "{}", changed.text);

        // Whoever cannot is told apart, and the others do.
        let both = [("act", "extend"), ("member", ann.as_str()), ("member", carl.as_str()), ("until", "2030-09-30")];
        let partly = sends(&browser, &tab, &both).await.expect(422);
        assert_eq!(partly.events, CHANGED);
        shows(&partly, &["Not all can stay so long", "Carl"]);
        assert!(!partly.text.contains("@ann</span>"), "{}", partly.text);
        let nobody_chosen = sends(&browser, &tab, &[("act", "extend"), ("until", "2030-12-31")]).await.expect(422);
        assert!(nobody_chosen.events.is_empty() && nobody_chosen.text.contains("Choose who is to stay longer"), "{}", nobody_chosen.text);
        let no_day = sends(&browser, &tab, &[("act", "extend"), ("member", ann.as_str()), ("until", "soon")]).await.expect(422);
        assert!(no_day.events.is_empty() && no_day.text.contains("value=\"soon\""), "{}", no_day.text);
        let past = sends(&browser, &tab, &[("act", "extend"), ("member", ann.as_str()), ("until", "2029-12-31")]).await.expect(422);
        assert!(past.events.is_empty());
        let nobody = |number: usize| format!("0190163d-8694-7d0a-8a5a-{number:012x}");
        let gone = nobody(0);
        let mixed = [("act", "extend"), ("member", gone.as_str()), ("member", ann.as_str()), ("until", "2030-10-31")];
        let told = sends(&browser, &tab, &mixed).await.expect(422);
        assert_eq!(told.events, CHANGED);
        shows(&told, &["Somebody who was chosen is not in this group any more"]);
        sends(&browser, &tab, &[("act", "extend"), ("member", "nonsense"), ("until", "2030-12-31")]).await.expect(404);
        sends(&browser, &tab, &[("act", "else")]).await.expect(400);
        let many: Vec<String> = (0..26).map(nobody).collect();
        let many: Vec<(&str, &str)> = many.iter().map(|id| ("member", id.as_str())).collect();
        let many = sends(&browser, &tab, &[&[("act", "extend"), ("until", "2030-12-31")][..], &many].concat()).await;
        assert!(many.status < 500 && many.events.is_empty(), "{many}");
    }

    async fn somebody_is_added_extended_suspended_let_back_in_and_taken_out(app: TestApp) {
        let provider = provider(&app).await;
        let (ops, _) = group(&app, "ops", |_| ()).await;
        let (ben, browser) = person(&app, &provider, "ben").await;
        person(&app, &provider, "ann").await;
        lets(&app, ops, ben, Preset::Owner).await;
        let page = format!("{ALL}/{ops}");
        shows(&browser.get(&format!("{page}/add")).await.expect(200), &["Whom do you let in?"]);
        shows(&browser.get(&format!("{page}/add?who=an")).await.expect(422), &["at least three letters"]);
        // A whole name may be that short.
        shows(&browser.get(&format!("{page}/add?who=an")).await.expect(422), &["Go on with the userName @an"]);
        shows(&browser.get(&format!("{page}/add?user=an")).await.expect(200), &["Let @an in"]);
        // Whom they do not see they can name all the same.
        let unseen = browser.get(&format!("{page}/add?who=ann")).await.expect(200);
        shows(&unseen, &["Nobody like that is known here", "Go on with the userName @ann"]);
        let form = browser.get(&format!("{page}/add?user=ann")).await.expect(200);
        shows(&form, &["Let @ann in", "Add now"]);
        let way = hidden(&form, "way").to_owned();
        let fields = [("act", "add"), ("user", "ann"), ("way", &way), ("role", "member"), ("from", "2030-01-01")];
        let over = [fields.as_slice(), &[("until", "2029-12-31")]].concat();
        shows(&sends(&browser, &format!("{page}/add"), &over).await.expect(422), &["The last day is over", "2029-12-31"]);
        let fields = [fields.as_slice(), &[("until", "2030-03-31")]].concat();
        let added = sends(&browser, &format!("{page}/add"), &fields).await.expect(303);
        assert!(added.events.contains(&"member.added".to_owned()), "{added}");
        let member = added.header("location").trim_end_matches("?done=added").to_owned();
        let shown = browser.get(added.header("location")).await.expect(200);
        shows(&shown, &["They are in.", "Ann", "@ann", "Sunday, 31 March 2030", "Why they are in this group", "Ben"]);
        shows(&sends(&browser, &format!("{page}/add"), &fields).await.expect(422), &["They are in this group already"]);
        // Now she is seen.
        shows(&browser.get(&format!("{page}/add?who=ann@example.org")).await.expect(200), &["Let Ann in"]);

        let list = browser.get(&page).await.expect(200);
        shows(&list, &["Members: 1", "until the end of Sunday, 31 March 2030"]);
        assert_eq!(link(&list, &format!("{page}/member/")), member);
        shows(&browser.get(&format!("{page}?tab=members&search=nobody")).await.expect(200), &["Nobody is found"]);

        let version = hidden(&shown, "version").to_owned();
        let change = [("act", "change"), ("version", version.as_str()), ("role", "member"), ("until", "2030-06-30")];
        let changed = sends(&browser, &member, &change).await.expect(303);
        assert!(changed.events.contains(&"member.changed".to_owned()) || changed.events.contains(&"member.renewed".to_owned()), "{changed}");
        shows(&browser.get(&member).await.expect(200), &["Sunday, 30 June 2030"]);
        let stale = sends(&browser, &member, &change).await.expect(422);
        shows(&stale, &["Nothing was done. Look at it again"]);
        let none = sends(&browser, &member, &[("act", "change"), ("until", "2030-06-30")]).await.expect(422);
        shows(&none, &["Choose at least one role."]);

        let suspended = sends(&browser, &member, &[("act", "suspend"), ("reason", "Until <it> is clear")]).await.expect(303);
        assert!(suspended.events.contains(&"member.suspended".to_owned()), "{suspended}");
        shows(&browser.get(suspended.header("location")).await.expect(200), &["They are suspended.", "Until &lt;it&gt; is clear", "Let back in"]);
        shows(&browser.get(&format!("{page}?tab=members&status=suspended")).await.expect(200), &["Members: 1"]);
        sends(&browser, &member, &[("act", "resume")]).await.expect(303);
        shows(&browser.get(&format!("{member}?remove")).await.expect(200), &["Take Ann out?"]);
        let removed = sends(&browser, &member, &[("act", "remove")]).await.expect(303);
        assert!(removed.events.contains(&"member.removed".to_owned()), "{removed}");
        shows(&browser.get(removed.header("location")).await.expect(200), &["It is gone.", "Nobody is in this group yet"]);
        browser.get(&member).await.expect(404);
        app.place_events().await;
        shows(&browser.get(&format!("{page}?tab=history")).await.expect(200), &["Was suspended: Ann", "Came in: Ann", "by Ben"]);
    }

    async fn somebody_unknown_is_invited_and_the_invitation_sent_again_and_taken_back(app: TestApp) {
        let provider = provider(&app).await;
        let (ops, way) = group(&app, "ops", |draft| draft.membership_expiration_days = Some(30)).await;
        let (ben, browser) = person(&app, &provider, "ben").await;
        lets(&app, ops, ben, Preset::Owner).await;
        let page = format!("{ALL}/{ops}");
        let form = browser.get(&format!("{page}/add?who=guest@example.org&way={way}")).await.expect(200);
        shows(&form, &["Invite guest@example.org", "until the end of Thursday, 31 January 2030", "Send invitation"]);
        let way = hidden(&form, "way").to_owned();
        let fields = [("act", "invite"), ("address", "guest@example.org"), ("who", "guest@example.org"), ("way", &way), ("role", "member"), ("first_name", "Guest")];
        let invited = sends(&browser, &format!("{page}/add"), &fields).await.expect(303);
        assert!(invited.events.contains(&"invitation.created".to_owned()), "{invited}");
        let list = browser.get(invited.header("location")).await.expect(200);
        shows(&list, &["The invitation is on its way", "guest@example.org", "not answered", "Send again"]);
        shows(&sends(&browser, &format!("{page}/add"), &fields).await.expect(422), &["An invitation to this address is open"]);
        let id = hidden(&list, "invitation").to_owned();
        let invitations = format!("{page}?tab=invitations");
        let again = sends(&browser, &invitations, &[("act", "resend"), ("invitation", &id)]).await.expect(303);
        assert_eq!(again.events[0], "invitation.resent");
        let revoked = sends(&browser, &invitations, &[("act", "revoke"), ("invitation", &id)]).await.expect(303);
        assert_eq!(revoked.events[0], "invitation.revoked");
        shows(&browser.get(revoked.header("location")).await.expect(200), &["taken back"]);

        // One of another group is not theirs, whatever they may do here.
        let (labs, _) = group(&app, "labs", |_| ()).await;
        lets(&app, labs, ben, Preset::Owner).await;
        let other = sends(&browser, &format!("{ALL}/{labs}?tab=invitations"), &[("act", "revoke"), ("invitation", &id)]).await.expect(404);
        assert!(other.events.is_empty());
    }

    async fn a_request_is_asked_about_accepted_and_declined(app: TestApp) {
        let provider = provider(&app).await;
        let (ops, way) = group(&app, "ops", |draft| {
            draft.require_approval = true;
            draft.comments_needed = true;
            draft.membership_expiration_days = Some(30);
        }).await;
        let (ben, browser) = person(&app, &provider, "ben").await;
        lets(&app, ops, ben, Preset::Reviewer).await;
        shows(&browser.get(QUEUE).await.expect(200), &["Nothing waits for you"]);
        let (_, ann) = person(&app, &provider, "ann").await;
        let form = ann.get("/realms/default/enroll?groupPath=/ops").await.expect(200);
        let token = hidden(&form, "form_token").to_owned();
        let way = way.to_string();
        let asks = [("form_token", token.as_str()), ("way", &way), ("role", "member"), ("comments", "I <run> it")];
        ann.post("/realms/default/enroll", &asks).await.expect(303);

        let queue = browser.get(QUEUE).await.expect(200);
        shows(&queue, &["Requests: 1", "Ann · /ops"]);
        let request = link(&queue, &format!("{QUEUE}?id=")).to_owned();
        let page = browser.get(&request).await.expect(200);
        shows(&page, &["Ann asks for /ops", "I &lt;run&gt; it", "They come in until the end of Thursday, 31 January 2030", "Accept", "ann@example.org"]);
        ann.get(&request).await.expect(403);
        sends(&ann, &request, &[("act", "accept")]).await.expect(403);

        shows(&sends(&browser, &request, &[("act", "ask"), ("question", " ")]).await.expect(422), &["Something is missing"]);
        let version = hidden(&page, "version").to_owned();
        let asked = sends(&browser, &request, &[("act", "ask"), ("question", "Until when?"), ("version", &version)]).await.expect(303);
        assert_eq!(asked.events[0], "request.asked");
        shows(&browser.get(&request).await.expect(200), &["Until when?", "waits for an answer of the person"]);
        shows(&browser.get(QUEUE).await.expect(200), &["Nothing waits for you"]);
        let own = request.replace("groupenrollments", "mygroupenrollments");
        ann.post(&own, &[("form_token", &token), ("act", "answer"), ("text", "Until May")]).await.expect(303);
        let stale = sends(&browser, &request, &[("act", "accept"), ("version", &version), ("reason", "Kept")]).await.expect(422);
        shows(&stale, &["Nothing was done. Look at it again", "Kept", "Until May"]);
        let accepted = sends(&browser, &request, &[("act", "accept"), ("reason", "Fine")]).await.expect(303);
        assert!(accepted.events.contains(&"request.accepted".to_owned()), "{accepted}");
        shows(&browser.get(accepted.header("location")).await.expect(200), &["The request was accepted", "Fine", "Ben"]);
        shows(&browser.get(&format!("{QUEUE}?status=ACCEPTED")).await.expect(200), &["Ann · /ops"]);
        shows(&sends(&browser, &request, &[("act", "reject")]).await.expect(422), &["This request is decided"]);
        // A reviewer is no more than that.
        let page = browser.get(&format!("{ALL}/{ops}")).await.expect(200);
        assert!(!page.text.contains("Add or invite") && !page.text.contains("tab=history"), "{}", page.text);
        browser.get(&format!("{ALL}/{ops}/way")).await.expect(403);
    }

    async fn administrators_are_named_changed_and_ended(app: TestApp) {
        let provider = provider(&app).await;
        let (ops, _) = group(&app, "ops", |_| ()).await;
        let (ben, browser) = person(&app, &provider, "ben").await;
        let (ann, ann_browser) = person(&app, &provider, "ann").await;
        lets(&app, ops, ben, Preset::Owner).await;
        let tab = format!("{ALL}/{ops}?tab=admins");
        shows(&browser.get(&tab).await.expect(200), &["Ben", "everything", "Name somebody"]);
        let named = sends(&browser, &tab, &[("act", "name"), ("who", "ann"), ("preset", "manager"), ("inherit", "yes"), ("until", "2030-12-31")]).await.expect(303);
        assert!(named.events.contains(&"delegation.granted".to_owned()), "{named}");
        shows(&browser.get(named.header("location")).await.expect(200), &["They look after the group from now on", "looks after members", "until the end of Tuesday, 31 December 2030"]);
        shows(&sends(&browser, &tab, &[("act", "name"), ("who", "ann"), ("preset", "viewer")]).await.expect(422), &["They look after this group already"]);
        shows(&sends(&browser, &tab, &[("act", "name"), ("who", "nobody"), ("preset", "viewer")]).await.expect(422), &["Nobody like that is known here", "nobody"]);
        let ann = ann.to_string();
        let changed = sends(&browser, &tab, &[("act", "change"), ("subject", &ann), ("preset", "viewer"), ("inherit", "yes")]).await.expect(303);
        assert!(changed.events.contains(&"delegation.changed".to_owned()), "{changed}");
        // She sees, and names nobody.
        app.clock().advance(60);
        let seen = ann_browser.get(&tab).await.expect(200);
        assert!(!seen.text.contains("Name somebody"), "{}", seen.text);
        shows(&seen, &["Give it up"]);
        shows(&sends(&ann_browser, &tab, &[("act", "name"), ("who", "ben"), ("preset", "viewer")]).await.expect(422), &["You may not do that in this group"]);
        let invited = sends(&browser, &tab, &[("act", "name"), ("who", "guest@example.org"), ("preset", "owner"), ("inherit", "yes")]).await.expect(303);
        shows(&browser.get(invited.header("location")).await.expect(200), &["guest@example.org", "to look after the group"]);
        let ended = sends(&browser, &tab, &[("act", "end"), ("subject", &ann)]).await.expect(303);
        assert!(ended.events.contains(&"delegation.revoked".to_owned()), "{ended}");
        let ben = ben.to_string();
        shows(&sends(&browser, &tab, &[("act", "end"), ("subject", &ben), ("own", "yes")]).await.expect(422), &["Nobody else may do everything in this group"]);
    }

    async fn ways_to_join_are_made_changed_and_deleted_within_the_rules(app: TestApp) {
        let provider = provider(&app).await;
        let (ops, first) = group(&app, "ops", |_| ()).await;
        let (ben, browser) = person(&app, &provider, "ben").await;
        lets(&app, ops, ben, Preset::Owner).await;
        let operator = app.operator().await;
        let says = read(Level::TopLevel, "membershipExpirationDays", true, Some("90"), Some("180"));
        let rule = SetRule { says: says.expect("a rule") };
        app.directory().execute(&operator, rule).await.expect("a rule");
        let page = format!("{ALL}/{ops}");
        let form = browser.get(&format!("{page}/way")).await.expect(200);
        shows(&form, &["A new way to join", "At most 180 days", "value=\"90\"", "max=\"180\""]);
        let fields = [
            ("name", "Visitors <b>"), ("active", "yes"), ("visible", "yes"), ("require_approval", "yes"), ("role", "member"),
            ("comments_needed", "yes"), ("comments_label", "Why?"), ("terms", "https://terms.example/1"), ("on_lapse", "end"), ("terms_days", "365"), ("extend_from", "end"),
        ];
        let long = [fields.as_slice(), &[("days", "181")]].concat();
        shows(&sends(&browser, &format!("{page}/way"), &long).await.expect(422), &["The rules of default do not allow that", "Visitors &lt;b&gt;", "value=\"181\""]);
        let wrong = [fields.as_slice(), &[("days", "many")]].concat();
        shows(&sends(&browser, &format!("{page}/way"), &wrong).await.expect(422), &["Write a number of days"]);
        let right = [fields.as_slice(), &[("days", "30")]].concat();
        let saved = sends(&browser, &format!("{page}/way"), &right).await.expect(303);
        assert!(saved.events.contains(&"configuration.created".to_owned()), "{saved}");
        let list = browser.get(saved.header("location")).await.expect(200);
        shows(&list, &["Visitors &lt;b&gt;", "30 days", "https://terms.example/1", "/realms/default/enroll?id="]);
        let ways = app.directory().configurations(&operator, ops).await.expect("ways");
        let made = ways.iter().find(|way| way.configuration.name.starts_with("Visitors")).expect("a way");
        let id = made.configuration.id.to_string();
        assert_eq!(made.terms.as_ref().and_then(|terms| terms.valid_days), Some(365));
        let edit = browser.get(&format!("{page}/way?id={id}")).await.expect(200);
        shows(&edit, &["Requests that wait are put aside", "In force: version 1", "value=\"Why?\""]);
        let version = hidden(&edit, "version").to_owned();
        let changed = [right.as_slice(), &[("version", version.as_str()), ("enrollment_introduction", "Hello")]].concat();
        let changed = sends(&browser, &format!("{page}/way?id={id}"), &changed).await.expect(303);
        assert!(changed.events.contains(&"configuration.changed".to_owned()), "{changed}");
        // What is not on the form stays: no other version of the terms came of it.
        let ways = app.directory().configurations(&operator, ops).await.expect("ways");
        let made = ways.iter().find(|way| way.configuration.id.to_string() == id).expect("a way");
        assert_eq!(made.terms.as_ref().map(|terms| terms.number), Some(1));
        let tab = format!("{page}?tab=enrollments");
        sends(&browser, &tab, &[("act", "first"), ("way", &id)]).await.expect(303);
        shows(&sends(&browser, &tab, &[("act", "delete"), ("way", &id)]).await.expect(422), &["This way is offered first"]);
        sends(&browser, &tab, &[("act", "delete"), ("way", &first.to_string())]).await.expect(303);
        browser.get(&format!("{page}/way?id={first}")).await.expect(404);
    }

    async fn roles_details_and_groups_below_are_looked_after(app: TestApp) {
        let provider = provider(&app).await;
        let (ops, _) = group(&app, "ops", |_| ()).await;
        let (ben, browser) = person(&app, &provider, "ben").await;
        lets(&app, ops, ben, Preset::Owner).await;
        app.user("ann").await;
        puts(&app, ops, "ann").await;
        let page = format!("{ALL}/{ops}");
        let tab = format!("{page}?tab=roles");
        sends(&browser, &tab, &[("act", "define"), ("name", "speaker")]).await.expect(303);
        shows(&sends(&browser, &tab, &[("act", "define"), ("name", "speaker")]).await.expect(422), &["There is a role of this name already"]);
        let roles = app.directory().group_roles(&app.operator().await, ops).await.expect("roles");
        let id = |name: &str| roles.iter().find(|role| role.name == name).expect("a role").id.to_string();
        let (member, speaker) = (id("member"), id("speaker"));
        sends(&browser, &tab, &[("act", "rename"), ("role", &speaker), ("name", "chair")]).await.expect(303);
        let gone = sends(&browser, &tab, &[("act", "delete"), ("role", &member), ("instead", &speaker)]).await.expect(303);
        shows(&browser.get(gone.header("location")).await.expect(200), &["The role was deleted", "chair", "urn:"]);

        let tab = format!("{page}?tab=details");
        let form = browser.get(&tab).await.expect(200);
        shows(&form, &["All about &lt;ops&gt;", "Link to join", "/realms/default/enroll?groupPath=/ops"]);
        let said = [("act", "attributes"), ("version", hidden(&form, "version")), ("description", "Runs it"), ("attributes", "cost: 12\nroom: B")];
        let saved = sends(&browser, &tab, &said).await.expect(303);
        assert!(saved.events.contains(&"group.attributes_replaced".to_owned()), "{saved}");
        shows(&browser.get(&tab).await.expect(200), &["Runs it", "cost: 12\nroom: B"]);
        shows(&sends(&browser, &tab, &said).await.expect(422), &["Nothing was done. Look at it again"]);
        sends(&browser, &tab, &[("act", "settings"), ("notice_days", "30"), ("reminder_days", "30, 7"), ("contact", "desk@example.org"), ("plain_members", "yes")]).await.expect(303);
        shows(&browser.get(&tab).await.expect(200), &["value=\"30, 7\"", "desk@example.org"]);
        shows(&sends(&browser, &tab, &[("act", "settings"), ("contact", "nobody")]).await.expect(422), &["This is no mail address", "value=\"nobody\""]);
        sends(&browser, &tab, &[("act", "rename"), ("name", "operations")]).await.expect(303);

        let tab = format!("{page}?tab=subgroups");
        shows(&browser.get(&tab).await.expect(200), &["There are no groups below"]);
        let made = sends(&browser, &tab, &[("act", "make"), ("name", "night"), ("description", "At night")]).await.expect(303);
        let below = made.header("location").split('?').next().expect("a path").to_owned();
        shows(&browser.get(&tab).await.expect(200), &["night", "At night"]);
        let seen = browser.get(&format!("{below}?tab=details")).await.expect(200);
        shows(&seen, &["/operations/night", &format!("href=\"{page}\"")]);
        shows(&browser.get(&format!("{page}?tab=details&delete")).await.expect(200), &["There are groups below it"]);
        shows(&sends(&browser, &format!("{below}?tab=details"), &[("act", "move"), ("parent", "/nowhere")]).await.expect(422), &["cannot be taken as it is"]);
        sends(&browser, &format!("{below}?tab=details"), &[("act", "delete")]).await.expect(303);
        browser.get(&below).await.expect(404);
    }

    async fn a_group_below_is_found_by_who_inherits_it_and_its_members_are_a_file(app: TestApp) {
        let provider = provider(&app).await;
        let (ops, _) = group(&app, "ops", |_| ()).await;
        let operator = app.operator().await;
        let new = NewGroup::named(GroupName::parse("night").expect("a name"));
        let below = app.directory().execute(&operator, CreateSubgroup { parent: ops, new }).await.expect("made").group.id;
        for name in ["ann", "=cmd"] {
            app.user(name).await;
            puts(&app, below, name).await;
        }
        let (ben, browser) = person(&app, &provider, "ben").await;
        lets(&app, ops, ben, Preset::Viewer).await;
        shows(&browser.get(&format!("{ALL}?search=nig")).await.expect(200), &["/ops/night"]);
        shows(&browser.get(&format!("{ALL}/{ops}?tab=members&below=yes")).await.expect(200), &["Members: 2", "night"]);
        let file = browser.get(&format!("{ALL}/{below}/members.csv")).await.expect(200);
        assert_eq!(file.header("content-type"), "text/csv; charset=utf-8");
        assert!(file.header("content-disposition").starts_with("attachment"));
        assert!(file.text.starts_with("group,member,roles,from,until\n"), "{}", file.text);
        shows(&file, &["/ops/night,ann,member,", "/ops/night,'=cmd,member,"]);
        let empty = browser.get(&format!("{ALL}/{ops}/members.csv")).await.expect(200);
        assert_eq!(empty.text, "group,member,roles,from,until\n");
        let (_, stranger) = person(&app, &provider, "eve").await;
        stranger.get(&format!("{ALL}/{below}/members.csv")).await.expect(403);
    }
}
