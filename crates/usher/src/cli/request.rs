//! `usher request`: who asks to join a group, and what becomes of it.

use anyhow::Result;
use clap::{Args, Subcommand};
use directory::Id;
use directory::enrollment::request::{Message, Request, RequestStatus};
use directory::enrollment::{
    AcceptRequest, AskRequester, AssignRequest, OrderOfRequests, QueueAsked, RejectRequest, RequestShown, TakeBack,
};
use serde_json::{Value, json};

use super::context::Context;
use super::failure::Failure;
use super::{Common, InRealm, Page, user};
use crate::output::{Item, item};

/// Requests read at a time.
const SLICE: usize = 500;

#[derive(Debug, Args)]
pub(crate) struct RequestArgs {
    #[command(flatten)]
    realm: InRealm,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List requests, the newest first
    List {
        /// Only those for groups whose name contains this, and for all below them
        #[arg(long, value_name = "TEXT")]
        group: Option<String>,
        /// Only those of people whose first or last name contains this
        #[arg(long, value_name = "TEXT")]
        person: Option<String>,
        /// Only those that stand so: open, accepted, rejected, archived, …
        #[arg(long, value_name = "STATUS", value_parser = status)]
        status: Option<Wanted>,
        #[command(flatten)]
        page: Page,
    },
    /// Show a request with what was said about it
    Show {
        /// Its id
        id: String,
    },
    /// Let somebody in
    Accept {
        /// Its id
        id: String,
        /// Why; the person reads it
        #[arg(long, value_name = "TEXT")]
        why: Option<String>,
    },
    /// Do not let somebody in
    Reject {
        /// Its id
        id: String,
        /// Why; the person reads it
        #[arg(long, value_name = "TEXT")]
        why: Option<String>,
    },
    /// Ask the person something; the request waits for the answer
    Ask {
        /// Its id
        id: String,
        /// What is asked
        text: String,
    },
    /// Take a request back for whoever asked, on their word
    Withdraw {
        /// Its id
        id: String,
    },
    /// Say who is to decide
    Assign {
        /// Its id
        id: String,
        /// Who reviews requests there: id, userName or mail address
        #[arg(required_unless_present = "nobody")]
        reviewer: Option<String>,
        /// Nobody in particular
        #[arg(long, conflicts_with = "reviewer")]
        nobody: bool,
    },
}

/// Which requests are wanted.
#[derive(Clone, Copy, Debug)]
enum Wanted {
    /// Those that wait for somebody.
    Open,
    /// Those that stand so.
    Standing(RequestStatus),
}

impl RequestArgs {
    pub(crate) async fn run(self, common: &Common) -> Result<()> {
        Context::with(common, &self.realm, async |context| self.command.run(context).await).await
    }
}

impl Command {
    async fn run(self, context: &Context) -> Result<()> {
        let (directory, operator) = (&context.directory, &context.operator);
        let id = match self {
            Self::List {
                group,
                person,
                status,
                page,
            } => return list(context, group, person, status, &page).await,
            Self::Show { id } => parse(&id)?,
            Self::Accept { id, why } => {
                let command = AcceptRequest {
                    id: parse(&id)?,
                    if_version: None,
                    justification: why,
                };
                let decided = directory.execute(operator, command).await?;
                if !decided.decided {
                    let why = "the group is privileged: somebody else has to accept it too";
                    context.out.remark(why);
                }
                decided.request.id
            }
            Self::Reject { id, why } => {
                let command = RejectRequest {
                    id: parse(&id)?,
                    if_version: None,
                    justification: why,
                };
                directory.execute(operator, command).await?.id
            }
            Self::Ask { id, text } => {
                let command = AskRequester {
                    id: parse(&id)?,
                    if_version: None,
                    text,
                };
                directory.execute(operator, command).await?.id
            }
            Self::Withdraw { id } => directory.execute(operator, TakeBack { id: parse(&id)? }).await?.id,
            Self::Assign { id, reviewer, .. } => {
                let reviewer = match &reviewer {
                    Some(reviewer) => Some(user::find(context, reviewer).await?.0),
                    None => None,
                };
                let command = AssignRequest {
                    id: parse(&id)?,
                    if_version: None,
                    reviewer,
                };
                directory.execute(operator, command).await?.id
            }
        };
        let request = directory.request(operator, id).await?;
        context.out.one("id", &whole(&request))?;
        Ok(())
    }
}

async fn list(
    context: &Context,
    group: Option<String>,
    person: Option<String>,
    wanted: Option<Wanted>,
    page: &Page,
) -> Result<()> {
    let statuses = match wanted {
        None => vec![None],
        Some(Wanted::Standing(status)) => vec![Some(status)],
        Some(Wanted::Open) => [RequestStatus::PendingApproval, RequestStatus::WaitingForReply]
            .map(Some)
            .to_vec(),
    };
    let most = page.most();
    let mut found: Vec<RequestShown> = Vec::new();
    for status in statuses {
        let mut first = 0;
        while first < most {
            let asked = QueueAsked {
                group_name: group.clone(),
                person: person.clone(),
                status,
                order: OrderOfRequests::Submitted,
                ascending: false,
                first,
                max: SLICE.min(most - first),
            };
            let slice = context.directory.review_queue(&context.operator, &asked).await?;
            if slice.requests.is_empty() {
                break;
            }
            first += slice.requests.len();
            found.extend(slice.requests);
        }
    }
    found.sort_by_key(|shown| std::cmp::Reverse((shown.request.submitted_at, shown.request.id)));
    found.truncate(most);
    let items: Vec<Item> = found.iter().map(shown).collect();
    let columns = ["id", "submitted_at", "status", "group", "user", "roles", "renewal"];
    context.out.list("id", &columns, &items)?;
    page.remark(context.out, items.len());
    Ok(())
}

/// A request as it is listed.
fn shown(of: &RequestShown) -> Item {
    let request = &of.request;
    let roles: Vec<&str> = request.said.roles.iter().map(|role| role.name.as_str()).collect();
    // A group that is gone stood somewhere when they asked.
    let path = match of.group {
        Some(_) => Some(of.path.to_string()),
        None => request.said.group_path.clone(),
    };
    let user = of.requester.as_ref().map(directory::user::User::user_name);
    item(json!({
        "id": request.id.to_string(),
        "submitted_at": request.submitted_at.to_string(),
        "status": request.status.name(),
        "group": path,
        "user": user.or_else(|| request.said.identity.email.clone()),
        "roles": roles,
        "renewal": request.said.renewal,
    }))
}

/// The same with all that was said.
fn whole(of: &RequestShown) -> Item {
    let (request, said) = (&of.request, &of.request.said);
    let mut shown = shown(of);
    let message = |message: &Message| {
        json!({
            "at": message.at.to_string(),
            "by": if message.by_reviewer { "reviewer" } else { "requester" },
            "author": message.author,
            "text": message.text,
        })
    };
    let thread: Vec<Value> = of.thread.iter().map(message).collect();
    let reviewer = of.reviewer.as_ref().map(directory::user::User::user_name);
    let more = item(json!({
        "way": of.configuration.as_ref().map(|way| &way.name),
        "comments": said.comments,
        "identity": said.identity,
        "assigned_to": said.assigned_to.map(|id| id.to_string()),
        "first_approval": said.first_approval,
        "decided_at": request.decided_at.map(|at| at.to_string()),
        "reviewer": reviewer.or_else(|| said.reviewer.clone()),
        "justification": said.justification,
        "cause": said.cause,
        "thread": thread,
        "version": request.version,
    }));
    shown.extend(more);
    shown
}

fn parse(id: &str) -> Result<Id<Request>> {
    Id::parse(id)
        .ok_or_else(|| Failure::usage(format!("`{id}` is no id of a request; `usher request list` shows them")))
}

fn status(text: &str) -> Result<Wanted, String> {
    if text.eq_ignore_ascii_case("open") {
        return Ok(Wanted::Open);
    }
    let word = text.to_ascii_uppercase().replace('-', "_");
    RequestStatus::parse(&word).map(Wanted::Standing).ok_or_else(|| {
        let known = RequestStatus::ALL.map(|status| status.name().to_lowercase());
        format!("`{text}` is unknown; known are open, {}", known.join(", "))
    })
}
