//! A change of many things, each by itself.

use anyhow::Result;

use super::context::Context;
use crate::output::Item;

/// The column that says why it was not done for one of many.
pub(super) const REFUSED: &str = "refused";

/// Shows what came of a change for each of many; a failure where it was refused for some.
pub(super) fn tell(context: &Context, columns: &[&str], items: &[Item], done: &str) -> Result<()> {
    context.out.list("id", columns, items)?;
    match items.iter().filter(|item| item.contains_key(REFUSED)).count() {
        0 => Ok(()),
        refused => anyhow::bail!("{refused} of {} were not {done}; the list says why", items.len()),
    }
}
