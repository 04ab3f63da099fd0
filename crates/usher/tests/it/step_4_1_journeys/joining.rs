//! Asking to join a group with terms and a reason, a question and its answer, the decision, and leaving again.

use super::{Stage, WALKERS, called, took};

#[test]
fn somebody_asks_is_asked_back_is_let_in_and_leaves() {
    let stage = Stage::set(&[]);
    let way = ["way", "set", "/ops", "Join ops", "--days", "90", "--visible", "true"];
    stage
        .place
        .run(&[&way[..], &["--comments-label", "What for?"]].concat());
    stage
        .place
        .run(&["terms", "publish", "/ops", "Join ops", "https://acme.example/rules"]);
    for (how, name) in WALKERS {
        stage.knows(name);
        let ann = stage.signed_in(how, name);
        ann.presses("Join a group");
        ann.types("Path of the group", "/ops");
        ann.presses("Look");
        ann.sees(&["Join ops", "Keeps the machines running", "Somebody decides about it"]);
        ann.types("What for?", "I keep the build machines");
        ann.ticks("I have read the terms");
        ann.presses("Send request");
        ann.sees(&["Your request was sent", "waits for a decision"]);

        let ben = stage.signed_in(how, "ben");
        ben.opens(&stage.link_for("ben", "groupenrollments"));
        ben.sees(&[
            &format!("{} asks for /ops", called(name)),
            "I keep the build machines",
            "accepted: terms of use, version 1",
        ]);
        ben.unfolds("Ask a question first");
        ben.types("Your question", "Until when?");
        ben.presses("Send question");
        ben.sees(&["The question was sent"]);

        ann.opens(&stage.link_for(name, "mygroupenrollments"));
        ann.sees(&["waits for your answer", "Until when?"]);
        ann.types("Your answer", "Until May");
        ann.presses("Send answer");
        ann.sees(&["waits for a decision", "Until May"]);

        // From a mail it takes a click on its link, and one on the page.
        let request = ben.at();
        ben.opens(request.split("&done").next().unwrap_or_default());
        ben.sees(&["Until May"]);
        let before = ben.steps.get();
        ben.types("Reason", "Welcome");
        ben.presses("Accept");
        ben.sees(&["The request was accepted"]);
        took("decide about a request", ben.steps.get() - before + 1);

        ann.presses("Overview");
        ann.presses("ops");
        ann.sees(&["Why you are in this group", "terms of use, version 1"]);
        ann.presses("Leave");
        ann.sees(&["Leave ops?", "You lose what this group gives you"]);
        ann.presses("Leave the group");
        ann.sees(&["You have left the group."]);
        for person in [&ann, &ben] {
            person.is_content();
        }
    }
    stage.usher.stop();
}
