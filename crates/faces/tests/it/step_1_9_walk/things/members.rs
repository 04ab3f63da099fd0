//! A group that people manage, with members in it.

use directory::group::{CreateTopGroup, DefineRole, GroupName, NewGroup, RoleName};
use directory::membership::{AddMembership, NewMember, SuspendMember, Which};
use directory::view::IfMatch;
use directory::zone::Day;
use directory::{Command, Id};
use testkit::TestApp;

use super::super::MARK;

/// Ids as texts.
#[derive(Clone, Debug)]
pub(in super::super) struct Members {
    pub(in super::super) group: String,
    /// In it with the roles `member` and `curator`, and the membership.
    pub(in super::super) person: String,
    pub(in super::super) membership: String,
    /// Kept out, and their membership.
    pub(in super::super) kept_out: String,
    pub(in super::super) suspended: String,
}

async fn run<C: Command>(app: &TestApp, command: C) -> C::Output {
    let done = app.directory().execute(&app.operator().await, command).await;
    done.expect("it is done")
}

impl Members {
    /// Whoever asks for their own things is in it too.
    pub(super) async fn make(app: &TestApp, (person, kept_out, me): (&str, &str, &str), round: usize) -> Self {
        let name = GroupName::parse(&format!("{MARK} managed {round}")).expect("a name");
        let new = NewGroup::named(name);
        let group = run(app, CreateTopGroup { new }).await.group.id;
        for name in ["curator", "spare"] {
            let name = RoleName::parse(name).expect("a name");
            run(app, DefineRole { group, name }).await;
        }
        let long = Day::parse("2039-12-31").ok();
        let add = async |user: &str| {
            let command = AddMembership {
                group,
                whom: NewMember::Id(Id::parse(user).expect("an id")),
                roles: vec!["member".into(), "curator".into()],
                valid_from: None,
                last_day: long,
                configuration: None,
            };
            run(app, command).await.id
        };
        let (membership, suspended) = (add(person).await, add(kept_out).await);
        add(me).await;
        let which = Which::Membership(suspended);
        let justification = Some(MARK.to_owned());
        run(
            app,
            SuspendMember {
                group,
                which,
                justification,
                if_match: IfMatch::Any,
            },
        )
        .await;
        Self {
            group: group.to_string(),
            person: person.to_owned(),
            membership: membership.to_string(),
            kept_out: kept_out.to_owned(),
            suspended: suspended.to_string(),
        }
    }
}
