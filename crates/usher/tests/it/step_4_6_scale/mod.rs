//! Pages cost the same in a large realm as in a small one. `cargo xtask pages` shows it with 100,000 members and 10,000 groups; in the
//! suite the realm is smaller, and only what the pages say is looked at.

mod realm;

use std::time::{Duration, Instant};

use db::Engine;

use self::realm::{Realm, Size};
use crate::support::variable;

/// What the realm of comparison has.
const SMALL: Size = Size {
    groups: 100,
    members: 100,
    requests: 100,
};
/// The large one in the suite.
const LARGER: Size = Size {
    groups: 150,
    members: 600,
    requests: 120,
};
/// Each page is got so often in both realms, in turns; and where nothing follows from how long that takes.
const TIMES: usize = 40;
const FEW_TIMES: usize = 4;
/// How many times its time among few a page may take among many.
const MOST: f64 = 1.5;

/// A page, and what it must say in whatever realm.
struct Shown {
    what: &'static str,
    path: String,
    says: &'static str,
}

#[test]
fn sqlite() {
    pages_cost_the_same(Engine::Sqlite);
}

#[test]
fn postgres() {
    pages_cost_the_same(Engine::Postgres);
}

fn pages_cost_the_same(engine: Engine) {
    let members = variable("USHER_TEST_PAGES").map(|number| number.parse().expect("a number"));
    let size = members.map_or(LARGER, |members: usize| Size {
        groups: members / 10,
        members,
        requests: members / 20,
    });
    let began = Instant::now();
    let (mut small, mut large) = (Realm::make(engine, SMALL), Realm::make(engine, size));
    let made = began.elapsed();
    let times = if members.is_some() { TIMES } else { FEW_TIMES };
    let mut dearer = Vec::new();
    for (few, many) in pages(&small).iter().zip(&pages(&large)) {
        let mut took = (Vec::new(), Vec::new());
        for _ in 0..times {
            took.0.push(small.shows(few));
            took.1.push(large.shows(many));
        }
        let (few_took, many_took) = (median(took.0), median(took.1));
        let ratio = many_took.as_secs_f64() / few_took.as_secs_f64();
        testkit::figure!(
            "{engine:?}, {}: goal at most {MOST} times, figure {ratio:.2} ({:.1} ms among {} groups and {} members, {:.1} ms among {} and {})",
            few.what,
            few_took.as_secs_f64() * 1000.0,
            SMALL.groups,
            SMALL.members,
            many_took.as_secs_f64() * 1000.0,
            size.groups,
            size.members
        );
        if ratio > MOST {
            dearer.push(few.what);
        }
    }
    testkit::figure!("{engine:?}: made in {:.0} s", made.as_secs_f64());
    // So few of a busy machine's milliseconds say nothing.
    assert!(members.is_none() || dearer.is_empty(), "dearer among many: {dearer:?}");
    small.stop();
    large.stop();
}

/// The pages on which there is more in a large realm.
fn pages(realm: &Realm) -> Vec<Shown> {
    let manage = "/realms/default/groups/admingroups";
    let ops = format!("{manage}/{}", realm.ops);
    let shown = |what, path: String, says| Shown { what, path, says };
    vec![
        shown("the overview", "/realms/default/home".to_owned(), "Ben"),
        shown("groups to join", "/realms/default/enroll".to_owned(), "ops"),
        shown("my groups", "/realms/default/groups/showgroups".to_owned(), "ops"),
        shown("groups I look after", manage.to_owned(), "ops"),
        shown(
            "a search for groups",
            format!("{manage}?search=team+00077"),
            "team 00077",
        ),
        shown("groups below", format!("{ops}?tab=subgroups"), "team "),
        shown("members", format!("{ops}?tab=members"), "@person0"),
        shown(
            "a search for a member",
            format!("{ops}?tab=members&search=person000077"),
            "@person000077<",
        ),
        shown(
            "a search for many members",
            format!("{ops}?tab=members&search=person"),
            "@person",
        ),
        shown(
            "a search in groups below",
            format!("{ops}?tab=members&below=yes&search=person000077"),
            "@person000077<",
        ),
        shown(
            "somebody to add",
            format!("{ops}/add?who=person000077"),
            "@person000077<",
        ),
        shown("a member", format!("{ops}/member/{}", realm.member), "@person000077"),
        shown(
            "the review queue",
            "/realms/default/groups/groupenrollments".to_owned(),
            "Family asks",
        ),
        shown("what happened in a group", format!("{ops}?tab=history"), "ops"),
    ]
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
