//! Bulk: every plan ends, does each operation at most once and answers for all, whatever becomes of its writes.

use scim::bulk::{BulkPlan, BulkRequest, Method, Outcome};
use scim::document;
use scim::patch;
use serde_json::Value;

use crate::same;

/// As the product has it.
const MOST_OPERATIONS: usize = 1000;

pub(crate) fn holds(case: &[u8]) -> Result<(), String> {
    let Ok(body) = document::parse_object(case) else {
        return Ok(());
    };
    let Ok(request) = BulkRequest::parse(&body, MOST_OPERATIONS) else {
        return Ok(());
    };
    // All succeed; every other one fails; all fail.
    for fails in [0, 2, 1] {
        drive(request.clone(), fails)?;
    }
    Ok(())
}

fn drive(request: BulkRequest, fails: usize) -> Result<(), String> {
    let (count, stops) = (request.operations.len(), request.fail_on_errors.is_some());
    let mut plan = BulkPlan::new(request, "https://example.org/scim/v2");
    let mut steps = 0_usize;
    while let Some(step) = plan.next_step() {
        steps += 1;
        // A write, a completion, and the undoing of either.
        if steps > 3 * count {
            return Err(format!("{steps} steps for {count} operations"));
        }
        if step.index >= count {
            return Err(format!("step {} of {count} operations", step.index));
        }
        let write = &step.write;
        match write.method {
            Method::Post if write.id.is_some() => return Err(format!("a POST of something there: {write:?}")),
            Method::Put | Method::Patch | Method::Delete if write.id.is_none() => {
                return Err(format!("nothing is named: {write:?}"));
            }
            Method::Patch => drop(patch::parse_value(&write.data)),
            Method::Post | Method::Put | Method::Delete => {}
        }
        let failed = fails != 0 && steps.is_multiple_of(fails);
        plan.done(if failed {
            Outcome::refused(&scim::Error::invalid_value("no"))
        } else {
            let id = write.id.clone().unwrap_or_else(|| format!("id{steps}"));
            Outcome {
                status: if write.method == Method::Post { 201 } else { 200 },
                location: Some(format!("https://example.org/scim/v2{}/{id}", write.endpoint)),
                id: Some(id),
                ..Outcome::default()
            }
        });
    }
    let response = plan.response();
    let answers = response["Operations"].as_array().map_or(0, Vec::len);
    if !stops {
        same("every operation is answered", &answers, &count)?;
    }
    if answers > count {
        return Err(format!("{answers} answers for {count} operations"));
    }
    let text = response.to_string();
    same(
        "the answer is JSON",
        &serde_json::from_str::<Value>(&text).ok(),
        &Some(response),
    )
}
