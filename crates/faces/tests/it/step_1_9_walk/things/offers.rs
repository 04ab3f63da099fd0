//! Offers in a group, to whoever has the link.

use directory::Id;
use directory::enrollment::Configure;
use directory::enrollment::configuration::Draft;
use directory::group::{CreateTopGroup, GroupName, NewGroup};
use directory::invitation::{Invitee, OfferMembership, OfferedWay};
use testkit::TestApp;

use super::super::MARK;

/// A group that offers something.
#[derive(Clone, Debug)]
pub(in super::super) struct Offers {
    pub(in super::super) group: String,
    pub(in super::super) way: String,
    /// The secrets of two links that can be answered.
    pub(in super::super) first: String,
    pub(in super::super) second: String,
}

impl Offers {
    pub(super) async fn make(app: &TestApp, round: usize) -> Self {
        app.set_realm("default", |settings| settings.compat.invitation.any_account = true)
            .await;
        let operator = app.operator().await;
        let name = GroupName::parse(&format!("{MARK} offers {round}")).expect("a name");
        let new = NewGroup::named(name);
        let made = app.directory().execute(&operator, CreateTopGroup { new }).await;
        let group = made.expect("a group").group.id;
        let draft = Draft {
            name: format!("{MARK} way"),
            active: true,
            roles: vec!["member".into()],
            ..Draft::default()
        };
        let configure = Configure {
            group,
            id: None,
            if_version: None,
            draft,
            force: false,
        };
        let configured = app.directory().execute(&operator, configure).await;
        let way = configured.expect("a way").configuration.id;
        let mut secrets = Vec::new();
        for name in ["first", "second"] {
            let address = format!("{MARK}-{name}-offer-{round}@example.org");
            let invitee = Invitee {
                email: Some(address.clone()),
                ..Invitee::default()
            };
            let offer = OfferMembership {
                group,
                invitee,
                way: OfferedWay::Named(way),
                roles: vec!["member".into()],
            };
            app.directory().execute(&operator, offer).await.expect("offered");
            let mails = app.deliver_mail().await;
            let mail = mails.iter().find(|mail| mail.to == address).expect("its mail");
            secrets.extend(mail.path_to("invitation").rsplit('/').next().map(str::to_owned));
        }
        let [first, second] = secrets.try_into().expect("two links");
        let text = |id: Id<_>| -> String { id.to_string() };
        Self {
            group: text(group),
            way: way.to_string(),
            first,
            second,
        }
    }
}
