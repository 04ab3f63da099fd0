//! Jobs: what happens at its time.

use axum::extract::Path;
use directory::job::{Job, JobKind, JobQuery, RetryJob};
use directory::{Id, Refusal};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::body::Query;
use super::call::{self, ById, Call};
use super::error::Problem;
use super::paging::{self, Page};
use super::reply::Reply;

/// Something that happens at its time.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Job)]
pub(super) struct JobBody {
    /// Its id.
    id: String,
    /// What it does.
    #[schema(example = "erase_user")]
    kind: String,
    /// What it does it to.
    subject: String,
    /// When it is due (RFC 3339).
    due_at: String,
    /// How often it has failed in a row.
    attempts: i64,
    /// Why it failed last.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_error: Option<String>,
    /// Whether it waits for somebody to retry it.
    parked: bool,
    /// When it was scheduled (RFC 3339).
    created: String,
}

impl From<&Job> for JobBody {
    fn from(job: &Job) -> Self {
        Self {
            id: job.id.to_string(),
            kind: job.kind.name().to_owned(),
            subject: job.subject.to_string(),
            due_at: job.due_at.to_string(),
            attempts: job.attempts,
            last_error: job.last_error.clone(),
            parked: job.parked,
            created: job.id.made_at().to_string(),
        }
    }
}

/// Which jobs.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Filter {
    /// `next` of the page before.
    cursor: Option<String>,
    /// How many at most: 1 to 500, usually 50.
    limit: Option<usize>,
    /// Only those of this kind.
    kind: Option<String>,
    /// Only those that wait for somebody to retry them.
    parked: Option<bool>,
}

/// List jobs
#[utoipa::path(get, path = "/jobs", tag = "Jobs", operation_id = "list_jobs", params(Filter), responses((status = 200, description = "a page", body = Page<JobBody>)))]
pub(super) async fn list(call: Call, Query(filter): Query<Filter>) -> Result<Reply, Problem> {
    let limit = paging::limit(filter.limit)?;
    let kinds = || JobKind::ALL.map(JobKind::name).join(", ");
    let query = JobQuery {
        kind: filter
            .kind
            .as_deref()
            .map(|word| JobKind::parse(word).ok_or_else(|| Refusal::invalid("kind", kinds())))
            .transpose()?,
        only_parked: filter.parked == Some(true),
        after: paging::after(filter.cursor.as_deref(), Id::parse)?,
        limit: limit + 1,
    };
    let jobs = call.directory().jobs(&call.principal, &query).await?;
    Ok(Reply::ok(&Page::cut(
        jobs,
        limit,
        |job| job.id.to_string(),
        |job| JobBody::from(&job),
    )))
}

/// Show a job
#[utoipa::path(get, path = "/jobs/{id}", tag = "Jobs", operation_id = "show_job", params(("id" = String, Path, description = "its id")), responses((status = 200, description = "the job", body = JobBody)))]
pub(super) async fn show(call: Call, Path(ById { id }): Path<ById>) -> Result<Reply, Problem> {
    let job = call.directory().job(&call.principal, call::id(&id, "job")?).await?;
    Ok(Reply::ok(&JobBody::from(&job)))
}

/// Try a job again
///
/// It is due at once, parked or not.
#[utoipa::path(post, path = "/jobs/{id}/retry", tag = "Jobs", operation_id = "retry_job", params(("id" = String, Path, description = "its id")), responses((status = 200, description = "the job as it now is", body = JobBody)))]
pub(super) async fn retry(call: Call, Path(ById { id }): Path<ById>) -> Result<Reply, Problem> {
    let command = RetryJob {
        id: call::id(&id, "job")?,
    };
    call.once(&[], command, |job: &Job, _| Reply::ok(&JobBody::from(job)))
        .await
}
