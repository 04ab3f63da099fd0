//! The groups one is in.

use directory::membership::{MineOrder, MyMemberships};

use crate::agm::call::Call;
use crate::agm::error::AgmError;
use crate::agm::query::Asked;
use crate::agm::reply::Reply;
use crate::agm::wire::membership::MembershipBody;

/// By which words the list can be ordered.
const ORDERS: [(&str, MineOrder); 2] = [
    ("group.name", MineOrder::Group),
    ("effectiveMembershipExpiresAt", MineOrder::EffectiveEnd),
];

pub(in crate::agm) async fn list(call: Call, asked: Asked) -> Result<Reply, AgmError> {
    let query = MyMemberships {
        search: asked.text("search").map(str::to_owned),
        status: asked.status()?,
        order: asked.order(&ORDERS)?,
        ascending: asked.flag("asc", true)?,
        page: asked.page()?,
    };
    let (zone, notice_days) = (call.zone()?, call.realm.settings.agm.notice_days());
    let mine = call.directory().my_memberships(&call.principal, &query).await?;
    let results = MembershipBody::mine(&mine, &zone, notice_days);
    Ok(Reply::list(&results, mine.count))
}
