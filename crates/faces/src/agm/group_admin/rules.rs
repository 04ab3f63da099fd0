//! The realm's rules for ways to join, for the forms of those who administer groups.

use directory::enrollment::rule::Level;

use crate::agm::call::Call;
use crate::agm::error::AgmError;
use crate::agm::query::Asked;
use crate::agm::reply::Reply;
use crate::agm::wire::rule::{RuleBody, TYPES};

pub(in crate::agm) async fn list(call: Call, asked: Asked) -> Result<Reply, AgmError> {
    let level = level(&asked)?;
    let rules = call.directory().rules_for_admins(&call.principal, level).await?;
    let bodies: Vec<RuleBody> = rules.iter().map(RuleBody::of).collect();
    Ok(Reply::ok(&bodies))
}

fn level(asked: &Asked) -> Result<Level, AgmError> {
    let Some(word) = asked.text("type") else {
        return Ok(Level::TopLevel);
    };
    let found = TYPES.into_iter().find(|(known, _)| *known == word);
    found
        .map(|(_, level)| level)
        .ok_or_else(|| AgmError::unfit_query("`type` is TOP_LEVEL or SUBGROUP"))
}
