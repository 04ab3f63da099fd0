//! One change for each of many, and what came of each.

use directory::delegation::Capability;
use directory::group::Group;
use directory::{Command, Id, Permission};
use serde::Serialize;
use utoipa::ToSchema;

use super::call::Call;
use super::error::Problem;
use super::reply::Reply;

/// What came of a change that was asked for many.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Outcomes {
    /// One for each that was named, in that order.
    results: Vec<Outcome>,
    /// For how many it is done.
    done: usize,
    /// For how many it was refused.
    refused: usize,
}

/// What came of it for one of them.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub(super) struct Outcome {
    /// Whose membership it is about: an id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) user: Option<String>,
    /// Which membership it is about: an id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) membership: Option<String>,
    /// Who was invited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) address: Option<String>,
    /// The invitation that was made: its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) invitation: Option<String>,
    /// Why not, in one stable word; absent = done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) code: Option<String>,
    /// The same in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) detail: Option<String>,
}

/// Runs each by itself, for whoever has that capability on the group, and tells what came of it: one that is refused keeps none of
/// the others from being done.
pub(super) async fn each<C: Command>(
    call: &Call,
    (group, capability): (Id<Group>, Capability),
    commands: Vec<(Outcome, C)>,
    done: impl Fn(&mut Outcome, C::Output),
) -> Result<Reply, Problem> {
    call.principal.check(Permission::Manage)?;
    call.directory()
        .administered_with(&call.principal, group, capability)
        .await?;
    run_each(call, commands, done).await
}

/// The same for whoever was let that far already.
pub(super) async fn run_each<C: Command>(
    call: &Call,
    commands: Vec<(Outcome, C)>,
    done: impl Fn(&mut Outcome, C::Output),
) -> Result<Reply, Problem> {
    let mut results = Vec::with_capacity(commands.len());
    for (mut outcome, command) in commands {
        match call.run(command).await {
            Ok(output) => done(&mut outcome, output),
            // Whoever asks again does nothing twice.
            Err(problem) if problem.status().is_server_error() => return Err(problem),
            Err(problem) => {
                outcome.code = Some(problem.word().to_owned());
                outcome.detail = Some(problem.detail().to_owned());
            }
        }
        results.push(outcome);
    }
    let refused = results.iter().filter(|outcome| outcome.code.is_some()).count();
    Ok(Reply::ok(&Outcomes {
        done: results.len() - refused,
        refused,
        results,
    }))
}
