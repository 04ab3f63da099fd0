//! One SQL text for two engines: what differs in notation is rewritten here, and nothing else.
//!
//! - Placeholders `?1` become `$1` on PostgreSQL. (On SQLite `$1` would be a name, numbered by first appearance.)
//! - `/*pg: … */` and `/*sqlite: … */` keep their content for that engine only. Other comments are dropped.
//! - Type words are replaced in migrations, and in statements that have a CAST or such a block, except that there TEXT
//!   stays: a CAST takes no collation.

use std::borrow::Cow;

use crate::options::Engine;

/// A statement for that engine.
pub(crate) fn statement(sql: &str, engine: Engine) -> Cow<'_, str> {
    let plain = engine == Engine::Sqlite && !sql.contains("/*") && !sql.contains("CAST(");
    if plain {
        Cow::Borrowed(sql)
    } else {
        Cow::Owned(rewrite(sql, engine, cast_word))
    }
}

/// A migration for that engine.
pub(crate) fn migration(sql: &str, engine: Engine) -> String {
    rewrite(sql, engine, column_word)
}

/// The type of a column. Text is compared by its bytes on both engines.
fn column_word(word: &str, engine: Engine) -> Option<&'static str> {
    match (word, engine) {
        ("TEXT", Engine::Postgres) => Some("TEXT COLLATE \"C\""),
        _ => cast_word(word, engine),
    }
}

fn cast_word(word: &str, engine: Engine) -> Option<&'static str> {
    match (word, engine) {
        ("BYTES", Engine::Postgres) => Some("BYTEA"),
        ("BYTES" | "UUID", Engine::Sqlite) => Some("BLOB"),
        ("BOOLEAN", Engine::Sqlite) => Some("INTEGER"),
        _ => None,
    }
}

fn rewrite(sql: &str, engine: Engine, replace: fn(&str, Engine) -> Option<&'static str>) -> String {
    let mut out = String::with_capacity(sql.len());
    let mut rest = sql;
    let mut in_block = false;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '\'' | '"' => quoted(rest, first),
            '-' if rest.starts_with("--") => {
                out.push(' ');
                rest = &rest[rest.find('\n').unwrap_or(rest.len())..];
                continue;
            }
            '/' if rest.starts_with("/*") => {
                let inside = &rest[2..];
                rest = match block_for(inside, engine) {
                    Some(kept) => {
                        in_block = true;
                        kept
                    }
                    None => inside.find("*/").map_or("", |end| &inside[end + 2..]),
                };
                out.push(' ');
                continue;
            }
            '*' if in_block && rest.starts_with("*/") => {
                in_block = false;
                rest = &rest[2..];
                continue;
            }
            '?' if engine == Engine::Postgres && rest[1..].starts_with(|next: char| next.is_ascii_digit()) => {
                out.push('$');
                rest = &rest[1..];
                continue;
            }
            _ if first.is_alphabetic() || first == '_' => {
                let length = rest
                    .find(|next: char| !next.is_alphanumeric() && next != '_')
                    .unwrap_or(rest.len());
                if let Some(word) = replace(&rest[..length], engine) {
                    out.push_str(word);
                    rest = &rest[length..];
                    continue;
                }
                length
            }
            _ => first.len_utf8(),
        };
        out.push_str(&rest[..length]);
        rest = &rest[length..];
    }
    out
}

/// How long the quoted text at the beginning is, quotes included. A doubled quote ends one text and begins the next.
fn quoted(sql: &str, quote: char) -> usize {
    sql[1..].find(quote).map_or(sql.len(), |end| end + 2)
}

/// What follows the mark of a block that this engine keeps.
fn block_for(inside: &str, engine: Engine) -> Option<&str> {
    inside.strip_prefix(match engine {
        Engine::Sqlite => "sqlite:",
        Engine::Postgres => "pg:",
    })
}

#[cfg(test)]
mod tests {
    use super::{Engine, migration, statement};

    fn both(sql: &str) -> (String, String) {
        (
            statement(sql, Engine::Sqlite).into_owned(),
            statement(sql, Engine::Postgres).into_owned(),
        )
    }

    #[test]
    fn placeholders_keep_their_numbers() {
        let sql = "UPDATE t SET a = ?2, b = ?10 WHERE id = ?1";
        assert_eq!(
            both(sql),
            (sql.to_owned(), "UPDATE t SET a = $2, b = $10 WHERE id = $1".to_owned())
        );
    }

    #[test]
    fn quoted_text_is_left_alone() {
        let sql = "SELECT '?1 -- it''s /*pg: no */', \"?2\", CAST(?3 AS BIGINT)";
        let (sqlite, postgres) = both(sql);
        assert_eq!(sqlite, sql);
        assert_eq!(postgres, "SELECT '?1 -- it''s /*pg: no */', \"?2\", CAST($3 AS BIGINT)");
    }

    #[test]
    fn blocks_are_kept_for_their_engine_only() {
        let sql = "SELECT 1 FROM t WHERE a = ?1 /*pg: AND b = ?2 FOR UPDATE */ /*sqlite: LIMIT 1 */ /* ?3 */";
        let (sqlite, postgres) = both(sql);
        assert_eq!(
            sqlite.split_whitespace().collect::<Vec<_>>().join(" "),
            "SELECT 1 FROM t WHERE a = ?1 LIMIT 1"
        );
        assert_eq!(
            postgres.split_whitespace().collect::<Vec<_>>().join(" "),
            "SELECT 1 FROM t WHERE a = $1 AND b = $2 FOR UPDATE"
        );
    }

    #[test]
    fn type_words_are_replaced_in_migrations() {
        let sql = "CREATE TABLE t (id UUID, name TEXT, mark BYTES, open BOOLEAN, n BIGINT, TEXTUAL TEXT DEFAULT 'TEXT') -- a UUID\n;";
        assert_eq!(
            migration(sql, Engine::Sqlite),
            "CREATE TABLE t (id BLOB, name TEXT, mark BLOB, open INTEGER, n BIGINT, TEXTUAL TEXT DEFAULT 'TEXT')  \n;"
        );
        assert_eq!(
            migration(sql, Engine::Postgres),
            "CREATE TABLE t (id UUID, name TEXT COLLATE \"C\", mark BYTEA, open BOOLEAN, n BIGINT, \
             TEXTUAL TEXT COLLATE \"C\" DEFAULT 'TEXT')  \n;"
        );
    }

    #[test]
    fn a_cast_in_a_statement_names_the_type_of_the_engine() {
        let (sqlite, postgres) = both("SELECT CAST(?1 AS UUID), CAST(?2 AS BYTES), CAST(?3 AS TEXT)");
        assert_eq!(sqlite, "SELECT CAST(?1 AS BLOB), CAST(?2 AS BLOB), CAST(?3 AS TEXT)");
        assert_eq!(postgres, "SELECT CAST($1 AS UUID), CAST($2 AS BYTEA), CAST($3 AS TEXT)");
    }

    #[test]
    fn text_that_never_ends_is_no_trouble() {
        for sql in [
            "SELECT 'a",
            "SELECT \"",
            "/*pg: x",
            "/* x",
            "-- x",
            "?",
            "/*",
            "é'é",
            "*/",
        ] {
            migration(sql, Engine::Sqlite);
            migration(sql, Engine::Postgres);
        }
    }
}
