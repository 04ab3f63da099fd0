//! The prepared statements of one connection, bounded.

use std::collections::HashMap;

use tokio_postgres::Statement;

/// How many a connection keeps. Lists with filters bring new texts all the time.
pub(super) const STATEMENTS: usize = 256;

/// Prepared statements by their text as the caller wrote it. The one not used for longest gives way.
#[derive(Default)]
pub(super) struct Statements {
    by_text: HashMap<String, Used>,
    uses: u64,
}

struct Used {
    statement: Statement,
    at: u64,
}

impl Statements {
    pub(super) fn get(&mut self, sql: &str) -> Option<Statement> {
        self.uses += 1;
        let used = self.by_text.get_mut(sql)?;
        used.at = self.uses;
        Some(used.statement.clone())
    }

    pub(super) fn put(&mut self, sql: &str, statement: Statement) {
        if self.by_text.len() >= STATEMENTS {
            let oldest = self
                .by_text
                .iter()
                .min_by_key(|(_, used)| used.at)
                .map(|(text, _)| text.clone());
            self.by_text.remove(&oldest.unwrap_or_default());
        }
        self.by_text.insert(
            sql.to_owned(),
            Used {
                statement,
                at: self.uses,
            },
        );
    }

    pub(super) fn clear(&mut self) {
        self.by_text.clear();
    }
}
