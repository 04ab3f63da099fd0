//! Staying longer, from the mail that reminds of the end.

use super::{Stage, WALKERS, took};

#[test]
fn who_is_reminded_renews_from_the_mail() {
    let stage = Stage::set(&["--clock", "2030-01-07T08:00:00Z"]);
    let way = ["way", "set", "/ops", "Join ops", "--days", "90", "--visible", "true"];
    let asks = [
        "--comments-needed",
        "false",
        "--require-approval",
        "false",
        "--require-approval-for-extension",
        "false",
    ];
    stage.place.run(&[&way[..], &asks].concat());
    for (_, name) in WALKERS {
        stage.knows(name);
        stage
            .place
            .run(&["group", "members", "add", "/ops", name, "--until", "2030-03-01"]);
    }
    // Three weeks before the end they are reminded.
    stage.place.run(&["clock", "set", "2030-02-20T08:00:00Z"]);
    for (how, name) in WALKERS {
        let reminded = stage.link_for(name, "enroll?groupPath=");
        let person = stage.signed_in(how, name);
        let before = person.steps.get();
        person.opens(&reminded);
        let days = [
            "until the end of Friday, 1 March 2030",
            "until the end of Tuesday, 21 May 2030",
        ];
        person.sees(&["Renew in ops", days[0], days[1]]);
        person.presses("Renew now");
        person.sees(&["Your membership was renewed.", "Tuesday, 21 May 2030"]);
        took("stay longer", person.steps.get() - before + 1);
        person.is_content();
    }
    stage.usher.stop();
}
