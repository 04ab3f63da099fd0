//! Looking after a group: adding somebody, keeping them longer, suspending them and letting them back in.

use super::{Stage, WALKERS};

#[test]
fn a_member_is_added_extended_suspended_and_reactivated() {
    let stage = Stage::set(&["--clock", "2030-01-07T08:00:00Z"]);
    for (how, name) in WALKERS {
        stage.knows(name);
        let ben = stage.signed_in(how, "ben");
        ben.presses("Groups I look after");
        ben.presses("ops");
        ben.presses("Add or invite");
        ben.types("Name, userName or mail address", name);
        ben.presses("Continue");
        ben.presses(&format!("Go on with the userName @{name}"));
        ben.types("Last day", "2030-03-31");
        ben.presses("Add now");
        ben.sees(&["They are in.", "Sunday, 31 March 2030"]);
        ben.types("Last day", "2030-06-30");
        ben.presses("Save");
        ben.sees(&["The membership was changed.", "Sunday, 30 June 2030"]);
        ben.types("Reason", "Until the audit is over");
        ben.presses("Suspend");
        ben.sees(&["They are suspended.", "Until the audit is over", "suspended"]);

        let ann = stage.signed_in(how, name);
        ann.presses("My groups");
        ann.sees(&["No group is found"]);
        ben.presses("Let back in");
        ben.sees(&["They are let back in."]);
        ann.presses("My groups");
        ann.sees(&["ops"]);

        // All other parts of the group can be used as well.
        for part in [
            "Invitations",
            "Administrators",
            "Ways to join",
            "Roles",
            "Details",
            "Groups below",
            "History",
            "Requests",
        ] {
            ben.presses(part);
        }
        ben.sees(&["Requests to decide", "No request is found"]);
        for person in [&ann, &ben] {
            person.is_content();
        }
    }
    stage.usher.stop();
}
