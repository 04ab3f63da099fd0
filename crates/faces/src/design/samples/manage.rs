//! Those of the pages for who looks after groups.

use minijinja::{Value, context};

/// What all pages of a group have.
fn head() -> Value {
    let tab = |key: &str, current: bool| context! { key => format!("tab.{key}"), href => "/t", current };
    context! {
        here => "managed", name => "B <b>", path => "/a/b",
        above => [context! { name => "a", href => "/a" }, context! { name => "x", href => () }],
        tabs => ["members", "invitations", "admins", "ways", "roles", "details", "subgroups", "history"].map(|key| tab(key, key == "members")),
        requests => "/r", done => "did.made", page => "/g", action => "/g?tab=x", privileged => true, problem => trouble("trouble.words"),
    }
}

fn bare() -> Value {
    let none = Vec::<Value>::new;
    context! {
        here => "managed", name => "A", path => "/a", above => none(), tabs => none(), requests => (), done => (), page => "/g", action => "/g?tab=x",
        privileged => false, problem => (),
    }
}

fn trouble(key: &str) -> Value {
    context! { key, what => "<b>" }
}

fn with(head: Value, values: Value) -> Value {
    context! { ..values, ..head }
}

/// All parts of a list, or none.
fn others() -> Value {
    context! { start => "/s", before => "/b", next => "/n" }
}

fn group() -> Value {
    context! { name => "B <b>", href => "/g", path => "/a/b", description => "D <b>", below => 3, privileged => true }
}

fn patterns() -> Vec<Value> {
    vec![context! { id => "1", name => "Lab <b>", chosen => true }]
}

fn roles() -> Vec<Value> {
    vec![
        context! { name => "member", chosen => true },
        context! { name => "<b>", chosen => false },
    ]
}

fn outlook(key: &str) -> Value {
    context! { key, is_member => true, until => 0, from => 0, new_until => 0, lost => ["<b>"] }
}

pub(super) fn samples(name: &str) -> Vec<Value> {
    let none = Vec::<Value>::new;
    match name {
        "managed.html" => vec![
            context! { here => "managed", groups => [group()], others => others(), narrow => true, search => "<b>", action => "/g", makes => true, patterns => patterns(), new_name => "<b>", new_description => "D", problem => trouble("trouble.name_taken"), gone => true, is_open => true },
            context! { here => "managed", groups => none(), others => context! {}, narrow => false, search => "x", action => "/g", makes => false, patterns => none(), new_name => "", new_description => "", problem => (), gone => false, is_open => false },
            context! { here => "managed", groups => none(), others => context! {}, narrow => false, search => (), action => "/g", makes => false, patterns => none(), new_name => "", new_description => "", problem => (), gone => false, is_open => false },
        ],
        "managed_base.html" => troubles().into_iter().chain([head(), bare()]).collect(),
        "managed_members.html" => {
            let member = |status: &str, group: Option<&str>| context! { id => group.is_none().then_some("m1"), chosen => true, href => "/m", name => "Ann <b>", user_name => "ann", email => "a@b.example", roles => ["<b>"], status, tone => "good", from => 0, until => 0, group };
            let state = context! { name => "enabled", key => "status.enabled", chosen => true };
            let list = |members: Vec<Value>, narrowed: bool| {
                context! { others => others(), members, count => 2, narrowed, search => "<b>", states => [state.clone()], roles => roles(), below => true, has_below => true, add => narrowed.then_some("/add"), sheet => "/s", extends => narrowed, until => "2030-12-31", kept => [["tab", "members"], ["search", "<b>"]] }
            };
            vec![
                with(
                    head(),
                    list(
                        vec![member("status.enabled", Some("C")), member("status.suspended", None)],
                        true,
                    ),
                ),
                with(bare(), list(Vec::new(), true)),
                with(bare(), list(Vec::new(), false)),
            ]
        }
        "managed_extend.html" => {
            let one = |changes: bool, problem: Value| context! { choice => "m1.3", lapses => changes, name => "Ann <b>", user_name => "ann", until => changes.then_some(0), changes, problem };
            let page = |people: Vec<Value>, count: usize, until: Option<i64>| context! { people, count, until, typed => until.map(|_| "2030-12-31"), extends => true, members => "/g?tab=members" };
            vec![
                with(
                    head(),
                    page(vec![one(true, ().into()), one(false, ().into())], 1, Some(0)),
                ),
                with(
                    bare(),
                    page(
                        vec![
                            one(false, trouble("trouble.rule")),
                            context! { problem => trouble("extend.gone") },
                        ],
                        0,
                        None,
                    ),
                ),
                with(bare(), page(vec![one(true, ().into())], 1, None)),
            ]
        }
        "managed_member.html" | "managed_remove.html" => {
            let page = |all: bool, suspended: bool| {
                context! {
                    person => "Ann <b>", user_name => "ann", email => all.then_some("a@b.example"), verified => all, status => "status.enabled", tone => "good",
                    since => 0, until => all.then_some(0), because_of => all.then_some("/a"), held => ["<b>"], roles => roles(), sentences => ["Why <b>"], below => ["/a/b/c"],
                    justification => all.then_some("J <b>"), lapses => all, version => 3, from_typed => "2030-01-01", until_typed => "", today => "2030-01-01",
                    pending => all, suspended, changes => all, assigns => !all, suspends => all && !suspended, resumes => suspended, begins => all, removes => all,
                    reason => "<b>", form => "/m", members => "/g?tab=members",
                }
            };
            vec![
                with(head(), page(true, false)),
                with(head(), page(true, true)),
                with(bare(), page(false, false)),
            ]
        }
        "managed_add.html" => {
            let one =
                context! { name => "Ann <b>", user_name => "ann", email => "a@b.example", href => "/add?user=ann" };
            let page = |people: Vec<Value>, was_asked: bool, invites: bool| context! { form => "/add", who => "<b>", exact => was_asked.then_some("/add?user=x"), people, was_asked, members => "/g", invites };
            vec![
                with(head(), page(vec![one], true, true)),
                with(bare(), page(Vec::new(), true, true)),
                with(bare(), page(Vec::new(), true, false)),
                with(bare(), page(Vec::new(), false, false)),
            ]
        }
        "managed_let_in.html" => {
            let page = |known: Option<&str>, no_way: bool, until: Option<i64>| {
                context! {
                    form => "/add", who => "x", members => "/g", known, user => known.map(|_| "ann"), address => "a@b.example", several => !no_way, no_way,
                    ways => [context! { id => "1", name => "Join <b>", chosen => true }], way => "1", way_name => "Join", roles => roles(), has_terms => until.is_none(),
                    adds => known.is_some() && until.is_some(), invites => known.is_none() || until.is_none(), from_typed => "", until_typed => "", today => "2030-01-01",
                    invited_until => until, first_name => "<b>", last_name => "", ways_page => "/g?tab=enrollments",
                }
            };
            let neither = context! { adds => false, invites => false, ..page(Some("Ann"), false, Some(0)) };
            vec![
                with(head(), page(Some("Ann <b>"), false, Some(0))),
                with(head(), page(Some("Ann <b>"), false, None)),
                with(bare(), page(None, false, None)),
                with(bare(), page(None, false, Some(0))),
                with(bare(), page(None, true, None)),
                with(bare(), neither),
            ]
        }
        "managed_invitations.html" => {
            let states = [
                "pending",
                "opened",
                "accepted",
                "rejected",
                "expired",
                "revoked",
                "superseded",
            ];
            let mails = ["mail_queued", "mail_deferred", "mail_bounced"];
            let one = |state: &str, mail: Option<&&str>, open: bool| {
                context! { id => "1", address => open.then_some("a@b.example"), name => "Ann <b>", to_administer => open, roles => ["<b>"], state => format!("offered.{state}"), tone => "good", mail => mail.map(|mail| format!("offered.{mail}")), why => open.then_some("<b>"), at => 0, until => 0, open }
            };
            let all: Vec<Value> = states
                .iter()
                .enumerate()
                .map(|(index, state)| one(state, mails.get(index), index < 2))
                .collect();
            vec![
                with(
                    head(),
                    context! { others => others(), invitations => all, add => "/add" },
                ),
                with(
                    bare(),
                    context! { others => context! {}, invitations => none(), add => "/add" },
                ),
            ]
        }
        "managed_admins.html" => {
            let presets = || {
                ["owner", "manager", "reviewer", "viewer"]
                    .map(|name| context! { name, key => format!("preset.{name}"), chosen => name == "owner" })
            };
            let cans: Vec<String> = directory::delegation::Capability::ALL
                .iter()
                .map(|can| format!("can.{}", can.name()))
                .collect();
            let one = |name: Option<&str>, people_of: Option<&str>, all: bool| {
                context! { name, user_name => name.map(|_| "ann"), people_of, subject => "1", can => cans.clone(), presets => presets(), inherit => !all, inherited_from => all.then_some("/a"), above => all.then_some("/x"), from => 0, until => 0, counts => !all, is_you => all, changes => !all, ends => !all || people_of.is_some() }
            };
            let page = |admins: Vec<Value>, names: bool| context! { admins, names, presets => presets(), who => "<b>", inherit => true, until_typed => "", today => "2030-01-01" };
            vec![
                with(
                    head(),
                    page(
                        vec![
                            one(Some("Ann <b>"), None, false),
                            one(None, Some("/ops"), true),
                            one(None, None, true),
                        ],
                        true,
                    ),
                ),
                with(bare(), page(Vec::new(), false)),
            ]
        }
        "managed_ways.html" => {
            let way = |all: bool| context! { id => "1", name => "Join <b>", href => "/w", link => "https://usher.example/e", is_first => all, active => all, visible => all, reviewed => all, days => all.then_some(30), roles => ["<b>"], terms => all.then_some("https://example.org/t") };
            vec![
                with(
                    head(),
                    context! { ways => [way(true), way(false)], configures => true, new => "/w" },
                ),
                with(bare(), context! { ways => none(), configures => false, new => "/w" }),
            ]
        }
        "managed_way.html" => {
            let form = |all: bool| {
                context! {
                    name => "Join <b>", active => all, visible => all, require_approval => all, require_approval_for_extension => all, valid_from => "", days => "30", extend_from_end => all,
                    multiselect => all, roles => roles(), comments_needed => all, comments_label => "<b>", comments_description => "", terms => "", terms_days => "", on_lapse => "remind", ask_again => all,
                    enrollment_introduction => if all { "<b>" } else { "" }, enrollment_conclusion => "", invitation_introduction => "", invitation_conclusion => "",
                }
            };
            let lapses = || {
                ["remind", "withhold", "end"]
                    .map(|name| context! { name, key => format!("lapse.{name}"), chosen => name == "end" })
            };
            let page = |all: bool, required: bool, most: Option<&str>| {
                context! { f => form(all), allowed => context! { days_required => required, days_most => most, from_required => required, terms_required => required }, lapses => lapses(), is_new => !all, version => all.then_some(3), way_name => all.then_some("Join"), number => all.then_some(2), form => "/w", ways => "/g" }
            };
            vec![
                with(head(), page(true, true, Some("90"))),
                with(bare(), page(false, true, None)),
                with(bare(), page(false, false, None)),
            ]
        }
        "managed_roles.html" => {
            let role = |id: &str| context! { id, name => "R <b>", entitlement => "urn:x <b>", version => 1 };
            vec![
                with(
                    head(),
                    context! { roles => [role("1"), role("2")], defines => true, new_name => "<b>", plain => false },
                ),
                with(
                    bare(),
                    context! { roles => none(), defines => false, new_name => "", plain => true },
                ),
                with(
                    bare(),
                    context! { roles => none(), defines => false, new_name => "", plain => false },
                ),
            ]
        }
        "managed_details.html" | "managed_delete.html" => {
            let page = |all: bool| {
                context! {
                    writes => all, moves => all, deletes => all, has_below => all, version => 1, id => "1", join => "https://usher.example/e", description => "D <b>", attributes => "a: <b>",
                    notice_days => "30", reminder_days => "30, 7", grace_days => "", contact => "", request_mails_to => "", self_approval => all, plain_members => all, usual_notice => 21, new_name => "<b>", parent => "/a",
                }
            };
            vec![with(head(), page(true)), with(bare(), page(false))]
        }
        "managed_subgroups.html" => vec![
            with(
                head(),
                context! { others => others(), groups => [group()], makes => true, patterns => patterns(), new_name => "<b>", new_description => "" },
            ),
            with(
                bare(),
                context! { others => context! {}, groups => none(), makes => false, patterns => none(), new_name => "", new_description => "" },
            ),
        ],
        "managed_history.html" => {
            let fact = |by: Option<&str>, key: Option<&str>| context! { at => 0, what => "fact.member.added", whom => by, by_key => key, by };
            vec![
                with(
                    head(),
                    context! { others => others(), facts => [fact(Some("Ann <b>"), None), fact(None, Some("by.operator")), fact(None, Some("by.usher"))] },
                ),
                with(bare(), context! { others => context! {}, facts => none() }),
            ]
        }
        "queue.html" => {
            let one = |status: &str, renewal: bool| context! { href => "/r?id=1", who => "Ann <b>", group => "/a/<b>", status, tone => "warn", renewal, roles => ["<b>"], at => 0 };
            let state = context! { name => "pending_approval", key => "review.pending", chosen => true };
            let page = |requests: Vec<Value>, waiting: bool| context! { here => "queue", others => others(), requests, count => 2, states => [state.clone()], group => (), person => (), action => "/r", waiting, done => Some("did.accepted") };
            vec![
                page(vec![one("review.pending", true), one("review.waiting", false)], true),
                page(Vec::new(), true),
                page(Vec::new(), false),
            ]
        }
        "review.html" => {
            let keys = [
                "for_good",
                "until",
                "stays_for_good",
                "becomes_for_good",
                "becomes_limited",
                "longer",
                "shorter",
                "same",
            ];
            let page = |key: Option<&str>, is_same: bool| {
                let all = key.is_some();
                let change = |key: &str| context! { key => format!("review.{key}"), then => "<b>", now => "" };
                context! {
                    here => "queue", problem => all.then(|| trouble("trouble.not_yourself")), done => all.then_some("did.once"), who => "Ann <b>", user_name => all.then_some("ann"), email => all.then_some("a@b.example"), verified => all,
                    identifier => all.then_some("x"), assurance => ["<b>"], authorities => ["<b>"], changes => ["first_name", "last_name", "address"].map(change), group => "/a", group_href => all.then_some("/g"),
                    status => "review.pending", tone => "accent", renewal => all, roles => ["<b>"], way => all.then_some("Join"), label => all.then_some("Why"), comments => all.then_some("<b>"),
                    terms => context! { url => "https://example.org/t", number => 1, is_same }, outlook => key.map(outlook), once => all.then_some(0), is_own => all, submitted_at => 0, decided_at => all.then_some(0), reviewer => all.then_some("Ben <b>"),
                    justification => all.then_some("<b>"), thread => [context! { by_reviewer => true, name => (), text => "<b>", at => 0 }, context! { by_reviewer => false, name => (), text => "A", at => 0 }], decides => all, version => 1,
                    reason => "<b>", question => if all { "<b>" } else { "" }, action => "/r?id=1", queue => "/r",
                }
            };
            keys.into_iter()
                .map(|key| page(Some(key), true))
                .chain([page(None, false)])
                .collect()
        }
        _ => Vec::new(),
    }
}

/// A page for each thing that was done, and for each that was wrong.
fn troubles() -> Vec<Value> {
    let done = [
        "accepted",
        "added",
        "admin",
        "admin_changed",
        "admin_gone",
        "asked",
        "attributes",
        "begun",
        "changed",
        "default",
        "invited",
        "made",
        "moved",
        "once",
        "rejected",
        "removed",
        "renamed",
        "resent",
        "resumed",
        "revoked",
        "role",
        "role_gone",
        "role_renamed",
        "settings",
        "suspended",
        "way",
    ];
    let wrong = [
        "address",
        "already_admin",
        "already_member",
        "cycle",
        "day",
        "days",
        "end_before_start",
        "end_in_past",
        "ends_later",
        "has_subgroups",
        "invalid",
        "invitation_open",
        "invitations_open",
        "last_admin",
        "last_role",
        "more_than_own",
        "name",
        "name_taken",
        "nested",
        "nobody",
        "not_enabled",
        "not_permitted",
        "not_suspended",
        "not_yourself",
        "privileged",
        "request_decided",
        "role_held",
        "role_taken",
        "role_unknown",
        "rule",
        "running",
        "search_too_short",
        "start_in_past",
        "start_required",
        "suspended",
        "suspended_above",
        "terms_for_member",
        "too_deep",
        "too_many",
        "url",
        "way",
        "way_closed",
        "way_is_default",
        "words",
    ];
    let done = done.map(|word| context! { done => format!("did.{word}"), problem => (), ..bare() });
    let wrong = wrong.map(|word| context! { problem => trouble(&format!("trouble.{word}")), ..bare() });
    done.into_iter().chain(wrong).collect()
}
