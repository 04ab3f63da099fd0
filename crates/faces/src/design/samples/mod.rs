//! What templates are shown with in tests: with everything there can be, and with as little.

mod manage;

use minijinja::{Value, context};

/// Memberships in a list.
fn held() -> Vec<Value> {
    let one = |status: &str, is_near: bool, until: Option<i64>| {
        context! { name => "B <b>", path => is_near.then_some("/a/b"), href => "/g", roles => ["member", "<b>"], status, from => is_near.then_some(0), until, is_near, renew => "/e" }
    };
    let mut all = vec![one("status.enabled", true, Some(0)), one("status.enabled", false, None)];
    all.extend(
        ["pending", "suspended", "expired", "ended"].map(|state| one(&format!("status.{state}"), false, Some(0))),
    );
    all
}

/// Other parts of a list.
fn others() -> Value {
    context! { start => "/s", before => "/b", next => "/n" }
}

/// What each template is shown with: once with everything, once with as little as there can be.
pub(super) fn samples(name: &str) -> Vec<Value> {
    match name {
        "start.html" => vec![
            context! { programs => [context! { key => "start.programs.scim", url => "https://usher.example/scim/v2", link => true }], mail_url => "/mail" },
            context! { programs => (), mail_url => () },
        ],
        "invitation.html" => vec![
            context! { name => "Ann <b>", inviter => "Ben", address => "a***@example.org", expires_at => 1_893_484_800_000_i64, action => "/invitation/x" },
            context! { name => (), address => "a***@example.org", expires_at => 1_893_484_800_000_i64, action => "/invitation/x" },
        ],
        "sign_in.html" => vec![
            context! { provider => (), action => "/sign-in", to => (), typed => () },
            context! { provider => "/sign-in?provider", action => "/sign-in", to => "/realms/acme/home", typed => "ann" },
        ],
        "sign_in_link.html" => vec![
            context! { address => "a***@example.org", expires_at => 1_893_484_800_000_i64, action => "/sign-in/x" },
        ],
        "confirmation.html" => vec![
            context! { address => "a***@example.org", expires_at => 1_893_484_800_000_i64, action => "/confirmation/x" },
        ],
        "matter.html" => {
            let action = context! { href => "/", key => "accepted.action", host => "example.org" };
            let fact = context! { key => "offer.group", value => "/a/<b>" };
            let offers = ["offer.membership", "offer.administration"].map(|key| {
                context! { eyebrow => "invitation.eyebrow", key, lead => "offer.lead", facts => [fact.clone()], expires_at => 0, how => "offer.how", action => action.clone() }
            });
            let named = context! { key => "matter.named", value => "<b>" };
            let matters = ["matter.enroll", "matter.request", "matter.administered", "matter.mine"].map(|key| {
                let facts = if key == "matter.enroll" { vec![named.clone()] } else { Vec::new() };
                context! { eyebrow => "matter.eyebrow", key, lead => format!("{key}.text"), facts, how => "matter.how", action => () }
            });
            offers.into_iter().chain(matters).collect()
        }
        "expired.html" => {
            vec![context! { key => "expired_anew", eyebrow => "invitation.eyebrow", ask => true, action => "/i" }]
        }
        "message.html" => {
            let keys = [
                "accepted",
                "later",
                "declined",
                "used",
                "rejected",
                "expired",
                "revoked",
                "superseded",
                "unknown",
                "blocked",
                "confirmed",
                "sign_in_sent",
                "sign_in_link.used",
                "sign_in_link.expired",
                "sign_in_link.unknown",
                "confirmation.used",
                "confirmation.expired",
                "confirmation.superseded",
                "confirmation.unknown",
            ];
            let sign_ins = [
                "sign_in.off",
                "sign_in.away",
                "sign_in.stale",
                "sign_in.declined",
                "sign_in.out",
                "sign_in.unknown",
                "sign_in.unproved",
                "sign_in.unclear",
                "sign_in.another",
                "sign_in.departed",
                "sign_in.unfit",
                "sign_in.over",
                "signed_out",
            ];
            let refusals = [
                "roles_required",
                "one_role_only",
                "role_unknown",
                "comment_required",
                "terms_not_accepted",
                "terms_changed",
                "configuration",
                "rule_violated",
                "request_open",
                "request_decided",
                "membership_pending",
                "already_member",
                "suspended",
                "privileged",
                "last_admin",
                "other_address",
                "invitation_unknown",
                "invitation_expired",
                "changed",
                "forbidden",
                "other",
            ];
            let others = [
                "offer.declined",
                "forged",
                "choice",
                "missing",
                "missing.realm",
                "failed",
                "method",
                "busy",
                "refused",
            ];
            let refusals = refusals.map(|word| format!("refusal.{word}"));
            let plain = keys.into_iter().chain(sign_ins).chain(others).map(str::to_owned);
            plain
                .chain(refusals)
                .map(|key| {
                    let action = context! { href => "/", key => "accepted.action", host => "example.org" };
                    context! { eyebrow => "invitation.eyebrow", ask => true, action, text => (key == "accepted").then_some("accepted.text_no_home"), key }
                })
                .collect()
        }
        "home.html" => {
            let due = |key: &str, until: Option<i64>| context! { key, group => "/a/<b>", until, href => until.map(|_| "/x"), action => "due.terms.action" };
            let dues: Vec<Value> = [
                "due.terms",
                "due.terms_withheld",
                "due.question",
                "due.ends",
                "due.invitation",
            ]
            .map(|key| due(key, (key != "due.invitation").then_some(0)))
            .into();
            vec![
                context! { due => dues, groups => held(), more => true, count => 40, all => "/all", requests => "/r", enroll => "/e", here => "home" },
                context! { due => Vec::<Value>::new(), groups => Vec::<Value>::new(), more => false, count => 0, all => "/all", requests => "/r", enroll => "/e", here => "home" },
            ]
        }
        "groups.html" => {
            let states = [context! { name => "enabled", key => "status.enabled", chosen => true }];
            let whole = context! { groups => held(), count => 9, action => "/g", search => "<b>", by_end => true, states => states.clone(), others => others(), left => true, enroll => "/e", here => "groups" };
            let none = context! { groups => Vec::<Value>::new(), count => 0, action => "/g", search => (), by_end => false, states, others => context! {}, left => false, enroll => "/e", here => "groups" };
            vec![whole, none]
        }
        "group.html" | "leave.html" => {
            let terms = |due: bool, withheld: bool| context! { url => "https://example.org/t", number => 2, due, withheld, accepted_at => 0, until => 0 };
            let page = |group: Value, terms: Value, lapses: bool, done: Option<&str>| {
                context! { group, description => "D <b>", since => 0, because_of => "/a", lapses, is_elevated => false, sentences => ["Why <b>"], below => ["/a/b"], terms, done, action => "/g", all => "/all", here => "groups" }
            };
            let mut pages: Vec<Value> = ["done.joined", "done.renewed", "done.lapses", "done.stays", "done.terms"]
                .map(|done| page(held()[0].clone(), terms(true, true), true, Some(done)))
                .into();
            pages.push(page(held()[1].clone(), terms(false, false), false, None));
            pages.push(context! { group => held()[1].clone(), description => (), since => 0, because_of => (), lapses => false, is_elevated => true, sentences => Vec::<Value>::new(), below => Vec::<Value>::new(), terms => (), done => (), action => "/g", all => "/all", here => "groups" });
            pages
        }
        "find.html" => vec![
            context! { path => "/a/<b>", action => "/e", here => "enroll" },
            context! { path => (), action => "/e", here => "enroll" },
        ],
        "enroll.html" => {
            let outlooks = [
                "for_good",
                "until",
                "stays_for_good",
                "becomes_for_good",
                "becomes_limited",
                "longer",
                "shorter",
                "same",
            ];
            let role = |name: &str| context! { name, chosen => true };
            let page = |key: &str, multiselect: bool| {
                context! {
                    here => "enroll", problem => "refusal.terms_not_accepted", path => "/a/<b>", name => "B", description => "D", introduction => "I",
                    several => true, ways => [context! { id => "1", name => "One", chosen => true }], way => "1", by_id => (), group_path => "/a/b",
                    outlook => context! { is_member => multiselect, until => 0, from => 0, new_until => 0, key, lost => ["x"] },
                    roles => [role("member"), role("<b>")], multiselect, reviewed => multiselect, comments_needed => true, comments_label => (),
                    comments_description => (), comments => "C", terms => context! { url => "https://example.org/t", number => 1 }, accepted => true, action => "/e",
                }
            };
            let bare = context! {
                here => "enroll", problem => (), path => "/a", name => "A", description => (), introduction => (), several => false, ways => Vec::<Value>::new(),
                way => "1", by_id => "1", group_path => (), outlook => context! { is_member => false, until => (), from => (), new_until => (), key => "for_good", lost => Vec::<Value>::new() },
                roles => [role("member")], multiselect => false, reviewed => false, comments_needed => false, comments_label => (), comments_description => (),
                comments => (), terms => (), accepted => false, action => "/e",
            };
            let mut pages: Vec<Value> = outlooks
                .iter()
                .flat_map(|key| [page(key, true), page(key, false)])
                .collect();
            pages.push(bare);
            pages
        }
        "requests.html" => {
            let one = |status: &str, renewal: bool| context! { href => "/r?id=1", group => "/a/<b>", status, tone => "good", renewal, at => 0 };
            let states = [
                "pending",
                "waiting",
                "accepted",
                "rejected",
                "archived",
                "self_approved",
            ];
            let all: Vec<Value> = states
                .iter()
                .map(|state| one(&format!("request.{state}"), *state == "accepted"))
                .collect();
            vec![
                context! { requests => all, count => 6, others => others(), enroll => "/e", here => "requests" },
                context! { requests => Vec::<Value>::new(), count => 0, others => context! {}, enroll => "/e", here => "requests" },
            ]
        }
        "request.html" => {
            let causes = [
                "changed",
                "removed",
                "role",
                "member",
                "withdrawn",
                "closed",
                "group",
                "person",
            ];
            let said = |by_reviewer: bool| context! { by_reviewer, text => "T <b>", at => 0 };
            let page = |cause: Option<String>| {
                context! {
                    here => "requests", sent => cause.is_some(), status => "request.waiting", tone => "warn", roles => ["member"], conclusion => "C <b>", group => "/a",
                    group_href => "/g", renewal => true, comments => "C <b>", justification => "J", cause, submitted_at => 0, decided_at => 0,
                    thread => [said(true), said(false)], is_open => true, waits_for_me => true, action => "/r?id=1", all => "/r",
                }
            };
            let bare = context! {
                here => "requests", sent => false, status => "request.accepted", tone => "good", roles => Vec::<Value>::new(), conclusion => (), group => "/a",
                group_href => (), renewal => false, comments => (), justification => (), cause => (), submitted_at => 0, decided_at => (),
                thread => Vec::<Value>::new(), is_open => false, waits_for_me => false, action => "/r?id=1", all => "/r",
            };
            let mut pages: Vec<Value> = causes
                .iter()
                .map(|cause| page(Some(format!("request.cause.{cause}"))))
                .collect();
            pages.push(bare);
            pages
        }
        "offer.html" => {
            let page = |key: &str| {
                context! {
                    key, problem => "refusal.terms_not_accepted", inviter => "Ben <b>", group => "/a", description => "D", introduction => "I", roles => ["member"], address => "a@b.example",
                    answer_until => 0, from => 0, until => 0, terms => context! { url => "https://example.org/t", number => 1 }, action => "/invitation/x",
                }
            };
            let bare = context! {
                key => "offer.membership", problem => (), inviter => (), group => "/a", description => (), introduction => (), roles => Vec::<Value>::new(), address => (),
                answer_until => 0, from => (), until => (), terms => (), action => "/invitation/x",
            };
            vec![page("offer.membership"), page("offer.administration"), bare]
        }
        "sessions.html" => {
            let session = |agent: Option<&str>, is_this: bool| context! { id => "1", agent, address => "192.0.2.1", started_at => 0, expires_at => 0, is_this };
            vec![
                context! { sessions => [session(Some("Browser <b>"), true), session(None, false)], others => true, action => "/sessions" },
                context! { sessions => [session(None, true)], others => false, action => "/sessions" },
            ]
        }
        "profile.html" => {
            let told: Vec<Value> = directory::notice::choosable()
                .filter(|(_, listed)| !listed)
                .map(|(name, _)| context! { name, key => format!("told.{name}"), on => true })
                .collect();
            let choices = ["as_usual", "each", "digest", "off"]
                .map(|name| context! { name, key => format!("told.{name}"), chosen => name == "each" });
            let page = |all: bool| {
                let known =
                    context! { issuer => "https://id.example", email => all.then_some("a@b.example"), since => 0 };
                context! {
                    here => "profile", saved => all, name => "Ann <b>", user_name => "ann", email => all.then_some("a@b.example"), known => [known], told => told.clone(), manages => all,
                    choices => choices.clone(), action => "/p", data => "/d", sessions => "/s",
                }
            };
            vec![page(true), page(false)]
        }
        "signing_out.html" => vec![context! { place => "https://id.example/end?a=b&c=<b>" }],
        "mails.html" => {
            let mail = context! { href => "/mail/1", title => "Hello", tone => "good", state => "sent", recipient => "a@b.example", at => 0 };
            vec![context! { mails => [mail] }, context! { mails => Vec::<Value>::new() }]
        }
        "mail.html" => vec![
            context! { back => "/mail", subject => "S", recipient => "a@b.example", state => "sent", at => 0, text => "T <script>", links => ["/x"], body => "/mail/1/body" },
            context! { back => "/mail", subject => "S", recipient => "a@b.example", state => "sent", at => 0, text => (), links => Vec::<String>::new(), body => "" },
        ],
        "reference.html" => {
            let kind = context! { name => "User", href => "schema-user" };
            let operation = context! {
                id => "list_users", method => "GET", path => "/users", summary => "List", text => "Text",
                parameters => [context! { name => "id", place => "path", kind => "string", text => "T" }],
                body => kind.clone(), answers => [context! { status => "200", text => "a page", body => kind }],
            };
            let schema = context! { id => "schema-user", name => "User", text => "T", fields => [context! { name => "id", kind => "string", href => (), required => true, text => "T" }] };
            vec![context! {
                title => "Usher API", intro => ["One", "Two"], groups => [context! { id => "users", name => "Users", operations => [operation] }],
                problems => [context! { code => "invalid", status => 400, when => "W" }], schemas => [schema],
            }]
        }
        name if name.starts_with("managed") || matches!(name, "queue.html" | "review.html") => manage::samples(name),
        _ => vec![context! {}],
    }
}
