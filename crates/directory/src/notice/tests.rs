//! Who is told what.

use uuid::Uuid;

use super::rules::{Concern, Letter, To, is_on, letters};
use super::{Act, Actor, Notice, Others, Person};
use crate::id::Id;
use crate::mail::Template;
use crate::mail::content::{AdminChange, GroupRef, PersonRef, Preset, Who};
use crate::realm::RealmSettings;
use crate::user::User;

fn somebody(number: u128) -> Person {
    Person {
        id: Id::new(Uuid::from_u128(number)),
        shown: PersonRef::default(),
    }
}

fn by(number: u128) -> Actor {
    Actor {
        user: Some(somebody(number).id),
        who: Who::Administration,
    }
}

/// Who gets which mail, in short: `1 template`, or `admins-1-2 template`.
fn told(notice: Notice) -> Vec<String> {
    let number = |id: &Id<User>| id.uuid().as_u128();
    let without = |whom: &str, except: &[Id<User>]| {
        except
            .iter()
            .fold(whom.to_owned(), |text, id| format!("{text}-{}", number(id)))
    };
    let one = |letter: Letter| {
        let to = match &letter.to {
            To::Person(id) => number(id).to_string(),
            To::Admins { except, concern, .. } => match concern {
                Concern::Requests => without("reviewers", except),
                Concern::Members | Concern::Decisions => without("admins", except),
            },
            To::Former { except, .. } => without("former", except),
        };
        format!("{to} {}", letter.content.template().name())
    };
    letters(notice).into_iter().map(one).collect()
}

#[test]
fn whoever_did_it_is_not_told_and_everybody_else_is() {
    let act = || Act {
        group: GroupRef::default(),
        member: somebody(1),
        actor: by(2),
        below: Vec::new(),
        justification: None,
    };
    assert_eq!(
        told(Notice::MemberSuspended(act())),
        ["1 suspend_member", "admins-2 suspend_member_group_admins"]
    );
    assert_eq!(
        told(Notice::MemberRemoved(act())),
        ["1 remove_member_inform", "admins-2 remove_member_admin_inform"]
    );
    let left = Notice::MemberLeft {
        group: GroupRef::default(),
        member: somebody(1),
        below: Vec::new(),
    };
    assert_eq!(told(left), ["admins-1 leave_member_admin_inform"]);
}

#[test]
fn nobody_is_asked_about_their_own_request() {
    let created = Notice::RequestCreated {
        group: GroupRef::default(),
        request: Uuid::nil(),
        requester: somebody(1),
        roles: Vec::new(),
        comment: None,
    };
    assert_eq!(told(created), ["reviewers-1 groupadmin_enrollment_creation"]);
    let answered = |reviewer: Option<u128>| Notice::RequestAnswered {
        group: GroupRef::default(),
        request: Uuid::nil(),
        requester: somebody(1),
        reviewer: reviewer.map(|number| somebody(number).id),
        text: String::new(),
    };
    assert_eq!(told(answered(Some(2))), ["2 request_answer"]);
    assert_eq!(told(answered(None)), ["reviewers-1 request_answer"]);
}

#[test]
fn the_others_hear_of_an_administrator_unless_the_realm_made_one() {
    let changed = |others| Notice::AdminChanged {
        group: GroupRef::default(),
        admin: somebody(1),
        actor: by(2),
        change: AdminChange::Added,
        preset: Preset::Owner,
        others,
    };
    assert_eq!(
        told(changed(Others::Told)),
        [
            "1 add_remove_group_admin",
            "admins-2-1 add_remove_groupadmin_admin_inform"
        ]
    );
    assert_eq!(told(changed(Others::Untold)), ["1 add_remove_group_admin"]);
}

#[test]
fn a_realm_switches_mails_off_by_their_names() {
    let settings = RealmSettings::default().with("agm.notices_off", "suspend_member,admin_digest");
    let settings = settings.expect("set");
    assert!(!is_on(&settings, Template::MemberSuspended));
    assert!(is_on(&settings, Template::MemberSuspendedAdmin));
    assert!(is_on(&RealmSettings::default(), Template::MemberSuspended));
    assert!(!is_on(&RealmSettings::default(), Template::GroupDeletedMember));
    assert!(is_on(&settings, Template::GroupDeletedMember));
    let none = RealmSettings::default().with("agm.notices_off", "none").expect("set");
    assert!(is_on(&none, Template::GroupDeletedMember));
}
