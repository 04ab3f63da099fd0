//! How people want to be told of what happens in groups.

use std::collections::BTreeMap;

use directory::notice::{ADMINISTRATION, NoticeChoices, SetNoticeChoices, choosable};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::body::Body;
use super::call::Call;
use super::error::Problem;
use super::reply::Reply;

/// What somebody has chosen, and what there is to choose.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NoticeChoices)]
pub(super) struct Notices {
    /// `each`, `digest` or `off`, by the name of a mail; `administration` stands for all that those are told who administer
    /// groups. What is not named is as the realm has it.
    choices: BTreeMap<String, String>,
    /// The names of the mails that can be chosen.
    mails: Vec<String>,
    /// Those of them that can come in the daily digest.
    digest: Vec<String>,
}

impl From<NoticeChoices> for Notices {
    fn from(chosen: NoticeChoices) -> Self {
        let names = |wanted: fn(bool) -> bool| {
            let all = choosable().filter(|(_, listed)| wanted(*listed));
            all.map(|(name, _)| name.to_owned()).collect::<Vec<_>>()
        };
        let mut digest = names(|listed| listed);
        digest.push(ADMINISTRATION.to_owned());
        Self {
            choices: chosen
                .iter()
                .map(|(name, choice)| (name.to_owned(), choice.name().to_owned()))
                .collect(),
            mails: names(|_| true),
            digest,
        }
    }
}

/// What is chosen from now on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewChoices {
    /// All of it: `each`, `digest` or `off`, by the name of a mail or `administration`.
    choices: BTreeMap<String, String>,
}

/// Show how I am told
///
/// Of what happens in groups, by mail. For a person, by a token with the scope `agm:self`.
#[utoipa::path(get, path = "/me/notices", tag = "Notices", operation_id = "show_notices", responses((status = 200, description = "what was chosen", body = Notices)))]
pub(super) async fn show(call: Call) -> Result<Reply, Problem> {
    let chosen = call.directory().notice_choices(&call.principal).await?;
    Ok(Reply::ok(&Notices::from(chosen)))
}

/// Say how I am told
///
/// In the place of what was said before.
#[utoipa::path(put, path = "/me/notices", tag = "Notices", operation_id = "set_notices", request_body = NewChoices, responses((status = 200, description = "what is chosen", body = Notices)))]
pub(super) async fn set(call: Call, body: Body<NewChoices>) -> Result<Reply, Problem> {
    let choices = NoticeChoices::parse(&body.value.choices)?;
    let chosen = call.run(SetNoticeChoices { choices }).await?;
    Ok(Reply::ok(&Notices::from(chosen)))
}
