//! `usher client log`: what a program asked last, and what it was answered.

use std::time::Duration;

use anyhow::Result;
use clap::Args;
use directory::client::LoggedRequest;
use serde_json::json;

use super::client::find;
use super::context::Context;
use crate::output::{Item, item};

#[derive(Debug, Args)]
pub(super) struct Log {
    /// Its name or id
    name: String,
    /// Only requests that were refused or failed, wholly or in part
    #[arg(long)]
    refused: bool,
    /// How many of the last 200
    #[arg(long, value_name = "N", default_value_t = directory::client::KEPT_REQUESTS)]
    limit: usize,
}

impl Log {
    pub(super) async fn run(self, context: &Context) -> Result<()> {
        let client = find(context, &self.name).await?;
        let mut requests = context.directory.client_log(&context.operator, &client).await?;
        if self.refused {
            // A Bulk request is answered with 200 whatever becomes of its operations.
            requests.retain(|request| request.status >= 400 || request.code.is_some());
        }
        requests.drain(..requests.len().saturating_sub(self.limit));
        let items: Vec<Item> = requests.iter().map(show).collect();
        let columns = [
            "at",
            "method",
            "path",
            "status",
            "refusal",
            "took_ms",
            "address",
            "request_id",
        ];
        context.out.list("request_id", &columns, &items)?;
        if items.is_empty() {
            let which = if self.refused { " that was refused" } else { "" };
            context.out.remark(&format!(
                "nothing is known of a request of {}{which}; a server writes them down once a second",
                client.name
            ));
        }
        Ok(())
    }
}

fn show(request: &LoggedRequest) -> Item {
    let refusal = match (&request.code, &request.refusal) {
        (Some(code), Some(sentence)) => Some(format!("{code}: {sentence}")),
        (code, sentence) => code.clone().or_else(|| sentence.clone()),
    };
    item(json!({
        "at": request.answered_at().to_string(),
        "method": request.method,
        "path": request.path,
        "route": request.route,
        "status": request.status,
        "code": request.code,
        "refusal": refusal,
        "took_ms": Duration::from_micros(request.took_us).as_secs_f64() * 1000.0,
        "request_id": request.request_id,
        "address": request.address.map(|address| address.to_string()),
    }))
}
