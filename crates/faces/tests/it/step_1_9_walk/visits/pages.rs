//! Pages for people.

use super::super::things::Things;
use super::{Access, Asked, Good, ask};

pub(super) fn asked(method: &str, path: &str, of: &Things) -> Vec<Asked> {
    const START: Access =
        Access::Public("the start page: what this is and where to go; the realm's title, logo and addresses");
    const END: Access = Access::Public(
        "where accepting, declining and confirming end: the same for everybody; the realm's title and home",
    );
    const DESIGN: Access = Access::Public("files of the design and its components, the same in every installation");
    const SIGN_IN: Access = Access::Public("asks for a link by mail; what is said tells nothing of the address");
    const COOKIE: Access = Access::Public("for whoever signed in with a browser, by a cookie and never by a token");
    const AWAY: Good = Good::Refused(303, "who is not signed in is sent to sign in");
    const NOT_SENT: Good = Good::Refused(403, "who is not signed in is told that nothing was done");
    let asked = match (method, path) {
        ("GET", "/sign-in" | "/sign-in/sent") => ask(SIGN_IN, Good::Tells),
        ("POST", "/sign-in") => ask(
            SIGN_IN,
            Good::Refused(422, "no address; others have tests of their own"),
        )
        .form(&[("address", "nobody")]),
        ("GET", "/sign-in/{secret}") => ask(Access::Link, Good::Tells).with("secret", &of.sign_in),
        ("POST", "/sign-in/{secret}") => ask(Access::Link, Good::Changes).with("secret", &of.sign_in).form(&[]),
        ("GET", "/sessions" | "/home" | "/profile" | "/profile/data.json") => ask(COOKIE, AWAY),
        (
            "POST",
            "/sessions"
            | "/profile"
            | "/enroll"
            | "/groups/mygroupenrollments"
            | "/groups/admingroups"
            | "/groups/groupenrollments",
        ) => ask(COOKIE, NOT_SENT),
        ("POST", path) if path.starts_with("/groups/") => of_group(ask(COOKIE, NOT_SENT), path, of),
        ("GET", "/oidc/callback") => ask(COOKIE, Good::Refused(400, "nobody has left for the provider")),
        ("POST", "/oidc/backchannel-logout") => {
            ask(COOKIE, Good::Refused(400, "no token of the provider comes with it"))
        }
        ("POST", "/sign-out") => ask(
            COOKIE,
            Good::Refused(303, "nobody is signed in, which is what was wanted"),
        ),
        ("GET", path) if path.starts_with("/groups/") => of_group(ask(COOKIE, AWAY), path, of),
        ("GET", "" | "/") => ask(START, Good::Tells),
        ("GET", "/welcome" | "/declined" | "/link-sent" | "/confirmed" | "/signed-out") => ask(END, Good::Tells),
        ("GET", "/design") => ask(DESIGN, Good::Tells),
        ("GET", "/assets/{file}") => {
            ask(DESIGN, Good::Refused(404, "its name is that of its content")).with("file", "usher.css")
        }
        ("GET", "/invitation/{secret}") => ask(Access::Link, Good::Shows).with("secret", &of.link),
        ("POST", "/invitation/{secret}") => {
            return ["accept", "decline"]
                .map(|answer| {
                    ask(Access::Link, Good::Changes)
                        .with("secret", &of.link)
                        .form(&[("answer", answer)])
                })
                .into();
        }
        ("GET", "/confirmation/{secret}") => ask(Access::Link, Good::Tells).with("secret", &of.proof),
        ("POST", "/confirmation/{secret}") => ask(Access::Link, Good::Changes).with("secret", &of.proof).form(&[]),
        ("GET", "/enroll") => ask(COOKIE, AWAY).query("?groupPath=/a".to_owned()),
        ("GET", "/mail") => ask(Access::Trial, Good::Shows),
        ("GET", "/mail/{id}" | "/mail/{id}/body") => ask(Access::Trial, Good::Shows).id(&of.mail),
        _ => return Vec::new(),
    };
    vec![asked]
}

/// With the group and the member that the path takes.
fn of_group(asked: Asked, path: &str, of: &Things) -> Asked {
    let asked = if path.contains("{group}") {
        asked.with("group", &of.enrollment.group)
    } else {
        asked
    };
    if path.contains("{member}") {
        return asked.with("member", &of.enrollment.group);
    }
    asked
}
