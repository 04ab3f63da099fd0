//! A group that people can join.

use directory::Id;
use directory::enrollment::Configure;
use directory::enrollment::configuration::{Configuration, Draft};
use directory::group::{CreateTopGroup, Group, GroupName, NewGroup};
use testkit::TestApp;

/// A group with a way to join.
pub(crate) async fn group(app: &TestApp, name: &str, set: impl FnOnce(&mut Draft)) -> (Id<Group>, Id<Configuration>) {
    let operator = app.operator().await;
    let new = NewGroup {
        description: Some(format!("All about <{name}>")),
        ..NewGroup::named(GroupName::parse(name).expect("a name"))
    };
    let made = app.directory().execute(&operator, CreateTopGroup { new }).await;
    let group = made.expect("a group").group.id;
    let mut draft = Draft {
        name: "Join".into(),
        active: true,
        visible: true,
        roles: vec!["member".into()],
        ..Draft::default()
    };
    set(&mut draft);
    let configure = Configure {
        group,
        id: None,
        if_version: None,
        draft,
        force: false,
    };
    let way = app.directory().execute(&operator, configure).await.expect("a way");
    (group, way.configuration.id)
}
