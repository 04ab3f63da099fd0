//! Somebody who is invited by mail: they accept, sign in, are linked, and see the group; others who have the link get nowhere.

use super::{Stage, WALKERS, took};

#[test]
fn a_guest_who_is_invited_accepts_and_is_in() {
    let stage = Stage::set(&[]);
    stage.knows("eve");
    for (how, name) in WALKERS {
        let address = format!("{name}@acme.example");
        // Ben invites somebody who is not known.
        let ben = stage.signed_in(how, "ben");
        ben.presses("Groups I look after");
        ben.presses("ops");
        let before = ben.steps.get();
        ben.presses("Add or invite");
        ben.types("Name, userName or mail address", &address);
        ben.presses("Continue");
        ben.sees(&[&format!("Invite {address}")]);
        ben.presses("Send invitation");
        ben.sees(&["The invitation is on its way", &address]);
        took("invite somebody", ben.steps.get() - before);

        let invited = stage.link_for(name, "/invitation/");
        // Another address, verified as it may be, is not the one that was invited.
        let eve = stage.person(how);
        eve.opens(&invited);
        eve.sees(&["You are invited to join a group", "/ops", "Ben"]);
        eve.presses("Sign in");
        eve.signs_in("eve");
        eve.sees(&[
            "This invitation is for another address",
            "Sign in with the account that has it",
        ]);

        stage.vouches(name, &address);
        let guest = stage.person(how);
        guest.opens(&invited);
        guest.presses("Sign in");
        guest.signs_in(name);
        let before = guest.steps.get();
        guest.sees(&["/ops", "Keeps the machines running", "Ben"]);
        guest.presses("Accept invitation");
        guest.sees(&["You are in.", "ops", "Why you are in this group"]);
        took("accept an invitation", guest.steps.get() - before + 1);
        let linked = stage.place.run(&["event", "list"]);
        assert!(linked.contains("user.linked"), "{linked}");
        guest.presses("Overview");
        guest.sees(&["Hello, ", "ops"]);

        // What is answered is answered.
        let late = stage.person(how);
        late.opens(&invited);
        late.sees(&["This invitation has been accepted"]);
        for person in [&ben, &eve, &guest, &late] {
            person.is_content();
        }
    }
    stage.usher.stop();
}

#[test]
fn a_link_that_has_expired_asks_for_a_new_one() {
    let stage = Stage::set(&["--clock", "2030-01-07T08:00:00Z"]);
    for (how, name) in WALKERS {
        let address = format!("{name}@acme.example");
        stage.place.run(&["group", "members", "invite", "/ops", &address]);
        let invited = stage.link_for(name, "/invitation/");
        stage.place.run(&["clock", "advance", "5d"]);
        stage.vouches(name, &address);
        let guest = stage.person(how);
        assert_eq!(guest.opens(&invited), 410);
        guest.sees(&["This invitation has expired"]);
        guest.presses("Send a new link");
        guest.sees(&["A new link is on its way"]);
        let anew = stage.other_link_for(name, "/invitation/", &invited);
        assert_eq!(guest.opens(&invited), 410);
        guest.sees(&["There is a newer invitation"]);
        guest.opens(&anew);
        guest.sees(&["/ops"]);
        guest.presses("Sign in");
        guest.signs_in(name);
        guest.presses("Accept invitation");
        guest.sees(&["You are in."]);
        guest.is_content();
    }
    stage.usher.stop();
}

#[test]
fn a_guest_with_an_account_accepts_and_signs_in_at_the_provider() {
    let stage = Stage::set(&[]);
    for (how, name) in WALKERS {
        let address = format!("{name}@acme.example");
        let called = ["--email", &address, "--display-name", name];
        stage
            .place
            .run(&[&["user", "create", name, "--invite"][..], &called].concat());
        stage
            .place
            .run(&["group", "members", "add", "/ops", name, "--role", "member"]);
        let guest = stage.person(how);
        guest.opens(&stage.link_for(name, "/invitation/"));
        guest.sees(&["You are invited to Acme Research", name]);
        guest.presses("Accept invitation");
        guest.sees(&["You are in"]);
        stage.vouches(name, &address);
        guest.presses("Sign in");
        guest.signs_in(name);
        guest.sees(&["Hello, ", "ops"]);
        guest.is_content();
    }
    stage.usher.stop();
}

#[test]
fn without_a_provider_a_guest_signs_in_by_a_link_that_comes_by_mail() {
    let stage = Stage::set(&[]);
    let without = [
        "realm",
        "set",
        "default",
        "oidc.issuer=",
        "oidc.client_id=",
        "oidc.client_secret=",
    ];
    stage.place.run(&without);
    for (how, name) in WALKERS {
        let address = format!("{name}@acme.example");
        stage.place.run(&["group", "members", "invite", "/ops", &address]);
        let guest = stage.person(how);
        guest.opens(&stage.link_for(name, "/invitation/"));
        guest.sees(&["You are invited to join a group", "/ops"]);
        guest.presses("Sign in");
        guest.types("Your mail address", &address);
        guest.presses("Send me a link");
        guest.sees(&["Look into your mail"]);
        // In whatever browser it is opened, it leads to what they came for.
        let at_home = stage.person(how);
        at_home.opens(&stage.link_for(name, "/sign-in/"));
        at_home.sees(&["Sign in?", "@acme.example"]);
        at_home.presses("Yes, sign in");
        at_home.sees(&["/ops", "Keeps the machines running"]);
        at_home.presses("Accept invitation");
        at_home.sees(&["You are in.", "Why you are in this group"]);
        for person in [&guest, &at_home] {
            person.is_content();
        }
    }
    stage.usher.stop();
}
