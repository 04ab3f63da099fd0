//! From a filter to SQL: what an index answers becomes a condition on ids, the rest is left to be looked at row by row.

use db::Value;
use scim::filter::{CompareOp, Operand, Resolved};
use uuid::Uuid;

use super::Schemas;
use super::columns::{Column, column};
use crate::client::ResourceKind;
use crate::clock::Timestamp;
use crate::external_id;
use crate::id::Id;
use crate::realm::RealmId;
use crate::user::Sight;
use crate::user::rules::{INDEXED_CHARS, MISSING};

/// A condition with its parameters. Parameter ?1 is always the realm.
#[derive(Clone, Debug)]
pub(crate) struct Condition {
    pub(crate) sql: String,
    pub(crate) params: Vec<Value>,
    /// Whether it says nothing but what a resource is called, and so holds for one, or for few.
    pub(crate) names_one: bool,
}

/// Collects parameters while conditions are written.
pub(crate) struct Compiler<'a> {
    pub(crate) schemas: &'a Schemas,
    pub(crate) kind: ResourceKind,
    /// Whose externalIds the caller sees, and how they compare.
    pub(crate) external_ids: external_id::Comparison,
    /// Whether the stored `active` is what the caller is shown.
    pub(crate) active_as_stored: bool,
    /// Which members of groups are there to the caller.
    pub(crate) sight: Sight,
    pub(crate) params: Vec<Value>,
}

/// What a part of a filter came to.
struct Part {
    sql: String,
    /// Whether the condition says all; else the rows it leaves are looked at.
    exact: bool,
}

impl Part {
    fn exact(sql: String) -> Self {
        Self { sql, exact: true }
    }
}

impl<'a> Compiler<'a> {
    pub(crate) fn new(
        schemas: &'a Schemas,
        kind: ResourceKind,
        realm: RealmId,
        external_ids: external_id::Comparison,
        active_as_stored: bool,
        sight: Sight,
    ) -> Self {
        Self {
            schemas,
            kind,
            external_ids,
            active_as_stored,
            sight,
            params: vec![realm.into()],
        }
    }

    /// Splits a filter: conditions for indexes, and what is left of it to be looked at.
    pub(crate) fn split(mut self, filter: &Resolved) -> (Condition, Option<Resolved>) {
        let parts: Vec<&Resolved> = match filter {
            Resolved::And(parts) => parts.iter().collect(),
            other => vec![other],
        };
        let (mut conditions, mut rest) = (Vec::new(), Vec::new());
        // What else is asked for may be much to find, and is not to be found twice.
        let names_one = !parts.is_empty() && parts.iter().all(|part| is_name(part));
        for part in parts {
            match self.part(part) {
                Some(Part { sql, exact }) => {
                    conditions.push(sql);
                    if !exact {
                        rest.push(part.clone());
                    }
                }
                None => rest.push(part.clone()),
            }
        }
        let sql = if conditions.is_empty() {
            "TRUE".to_owned()
        } else {
            conditions.join(" AND ")
        };
        let rest = match rest.len() {
            0 => None,
            1 => rest.pop(),
            _ => Some(Resolved::And(rest)),
        };
        (
            Condition {
                sql,
                params: self.params,
                names_one,
            },
            rest,
        )
    }

    fn alias(&self) -> &'static str {
        match self.kind {
            ResourceKind::User => "u",
            ResourceKind::Group => "g",
        }
    }

    fn table(&self) -> &'static str {
        match self.kind {
            ResourceKind::User => "users",
            ResourceKind::Group => "groups",
        }
    }

    fn bind(&mut self, value: impl Into<Value>) -> String {
        self.params.push(value.into());
        format!("?{}", self.params.len())
    }

    /// What of a filter an index answers; parameters of what it does not answer are taken back.
    fn part(&mut self, filter: &Resolved) -> Option<Part> {
        let before = self.params.len();
        let part = self.answered(filter);
        if part.is_none() {
            self.params.truncate(before);
        }
        part
    }

    fn answered(&mut self, filter: &Resolved) -> Option<Part> {
        match filter {
            Resolved::Constant(value) => Some(Part::exact(if *value { "TRUE".into() } else { "FALSE".into() })),
            Resolved::And(parts) => {
                let compiled: Vec<Part> = parts.iter().filter_map(|part| self.part(part)).collect();
                if compiled.is_empty() {
                    return None;
                }
                let exact = compiled.len() == parts.len() && compiled.iter().all(|part| part.exact);
                let sql: Vec<String> = compiled.into_iter().map(|part| part.sql).collect();
                Some(Part {
                    sql: format!("({})", sql.join(" AND ")),
                    exact,
                })
            }
            Resolved::Or(parts) => {
                let compiled = parts
                    .iter()
                    .map(|part| self.part(part))
                    .collect::<Option<Vec<Part>>>()?;
                let exact = compiled.iter().all(|part| part.exact);
                Some(Part {
                    sql: self.either(compiled),
                    exact,
                })
            }
            Resolved::Has { attribute, filter } => {
                // `emails[value eq "x" and …]` needs an element with that value: found by index, then looked at.
                let values = filter.implied_values("value")?;
                let [value] = values.as_slice() else { return None };
                let part = self.compare(
                    &format!("{}.value", attribute.key()),
                    CompareOp::Eq,
                    &Operand::text(value),
                )?;
                Some(Part { exact: false, ..part })
            }
            Resolved::Compare { attribute, op, value } => self.compare(attribute.key(), *op, value),
            Resolved::Present(attribute) => self.present(attribute.key()),
            Resolved::Not(_) => None,
        }
    }

    /// Each branch finds its ids in its own index; a plain OR would walk the whole table in the order of ids.
    fn either(&self, parts: Vec<Part>) -> String {
        let (alias, table) = (self.alias(), self.table());
        let branch = |part: Part| {
            format!(
                "SELECT {alias}.id FROM {table} {alias} WHERE {alias}.realm = ?1 AND {}",
                part.sql
            )
        };
        let branches: Vec<String> = parts.into_iter().map(branch).collect();
        format!("{alias}.id IN ({})", branches.join(" UNION "))
    }

    fn present(&mut self, key: &str) -> Option<Part> {
        let column = column(self.kind, key)?;
        let alias = self.alias();
        match column {
            Column::UserName => Some(Part::exact("TRUE".into())),
            Column::Sort(name) => Some(Part::exact(format!(
                "({alias}.{name} > '' AND {alias}.{name} < '{MISSING}')"
            ))),
            Column::Optional(name) => Some(Part::exact(self.ids_where(&format!("{name} > ''")))),
            Column::Active | Column::Modified | Column::Created | Column::Id | Column::ResourceType => None,
        }
    }

    fn ids_where(&self, condition: &str) -> String {
        format!(
            "{}.id IN (SELECT id FROM {} WHERE realm = ?1 AND {condition})",
            self.alias(),
            self.table()
        )
    }

    fn compare(&mut self, name: &str, op: CompareOp, operand: &Operand) -> Option<Part> {
        match (name, operand) {
            // Such text is never stored, and PostgreSQL does not take it.
            (_, Operand::String { exact, .. }) if exact.contains('\0') => {
                matches!(op, CompareOp::Eq | CompareOp::Sw).then(|| Part::exact("FALSE".into()))
            }
            ("emails.value", Operand::String { folded, .. }) if self.kind == ResourceKind::User => {
                self.in_index("user_emails", "user_id", "value_key", "", op, folded)
            }
            ("externalId", Operand::String { exact, .. }) => {
                let (space, resource_type) = (self.bind(self.external_ids.space), self.kind.name());
                let more = format!(" AND space = {space} AND resource_type = '{resource_type}'");
                let (one, other) = self.external_ids.forms(exact, op);
                let one = self.in_index("external_ids", "resource", "value", &more, op, &one)?;
                let Some(other) = other else { return Some(one) };
                let other = self.in_index("external_ids", "resource", "value", &more, op, &other)?;
                // Which of its two forms a value has is looked at.
                let sql = self.either(vec![one, other]);
                Some(Part { sql, exact: false })
            }
            ("groups.value", Operand::String { exact, .. })
                if op == CompareOp::Eq && self.kind == ResourceKind::User =>
            {
                Some(self.in_group(exact))
            }
            ("members.value", Operand::String { exact, .. })
                if op == CompareOp::Eq && self.kind == ResourceKind::Group =>
            {
                Some(self.has_member(exact))
            }
            (name, Operand::String { folded, .. })
                if self.schemas.is_indexed(name) && self.kind == ResourceKind::User =>
            {
                let attribute = self.bind(name);
                let more = format!(" AND attribute = {attribute}");
                self.in_index("user_attributes", "user_id", "value_key", &more, op, folded)
                    .map(|part| Part { exact: false, ..part })
            }
            _ => self.compare_column(name, op, operand),
        }
    }

    fn compare_column(&mut self, name: &str, op: CompareOp, operand: &Operand) -> Option<Part> {
        let alias = self.alias();
        match (column(self.kind, name)?, operand) {
            (Column::Id, Operand::String { exact, .. }) if op == CompareOp::Eq => {
                Some(Part::exact(match canonical_id(exact) {
                    Some(id) => format!("{alias}.id = {}", self.bind(id)),
                    None => "FALSE".into(),
                }))
            }
            (Column::Active, Operand::Bool(flag)) if op == CompareOp::Eq => {
                let stored = format!("{alias}.active = {}", self.bind(*flag));
                // Who is invited is shown as inactive to some.
                let invited = self.ids_where("lifecycle = 'invited'");
                Some(Part::exact(match (self.active_as_stored, *flag) {
                    (true, _) => stored,
                    (false, true) => format!("({stored} AND NOT {invited})"),
                    (false, false) => format!("({stored} OR {invited})"),
                }))
            }
            (Column::UserName, Operand::String { folded, .. }) => {
                let condition = self.whole_range("user_name_key", op, folded)?;
                Some(Part::exact(if op == CompareOp::Eq {
                    format!("{alias}.{condition}")
                } else {
                    self.ids_where(&condition)
                }))
            }
            (Column::Sort(column), Operand::String { folded, .. }) => {
                let condition = self.range(column, op, folded)?;
                let exact = exact(folded);
                let sql = if op == CompareOp::Eq {
                    format!("{alias}.{condition}")
                } else {
                    self.ids_where(&format!("({condition}) AND {column} < '{MISSING}'"))
                };
                Some(Part { sql, exact })
            }
            (Column::Optional(column), Operand::String { folded, .. }) => {
                let condition = self.range(column, op, folded)?;
                // Keys are folded; a case-exact attribute is looked at again.
                let exact = exact(folded) && column != "manager";
                // Equal values are in the order of ids in the index; a range is not.
                let sql = if op == CompareOp::Eq {
                    format!("{alias}.{condition}")
                } else {
                    self.ids_where(&condition)
                };
                Some(Part { sql, exact })
            }
            (Column::Modified, Operand::Instant(millis)) => {
                let sign = sign(op)?;
                let place = self.bind(*millis);
                Some(Part::exact(self.ids_where(&format!("modified {sign} {place}"))))
            }
            (Column::Created, Operand::Instant(millis)) => self.created(op, *millis),
            (Column::ResourceType, Operand::String { exact, .. }) if op == CompareOp::Eq => {
                Some(Part::exact(if exact == self.kind.name() {
                    "TRUE".into()
                } else {
                    "FALSE".into()
                }))
            }
            _ => None,
        }
    }

    /// When a resource was made is the instant in its id.
    fn created(&mut self, op: CompareOp, millis: i64) -> Option<Part> {
        let alias = self.alias();
        let (from, below) = (first_id(millis), first_id(millis.saturating_add(1)));
        Some(Part::exact(match op {
            CompareOp::Eq => {
                let (from, below) = (self.bind(from), self.bind(below));
                format!("({alias}.id >= {from} AND {alias}.id < {below})")
            }
            CompareOp::Gt => format!("{alias}.id >= {}", self.bind(below)),
            CompareOp::Ge => format!("{alias}.id >= {}", self.bind(from)),
            CompareOp::Lt => format!("{alias}.id < {}", self.bind(from)),
            CompareOp::Le => format!("{alias}.id < {}", self.bind(below)),
            CompareOp::Ne | CompareOp::Co | CompareOp::Sw | CompareOp::Ew => return None,
        }))
    }

    /// A comparison with a column that holds the first characters of its text.
    fn range(&mut self, column: &str, op: CompareOp, text: &str) -> Option<String> {
        // Beyond what the index holds only these two are sound.
        if !exact(text) && !matches!(op, CompareOp::Eq | CompareOp::Sw) {
            return None;
        }
        let cut: String = text.chars().take(INDEXED_CHARS).collect();
        self.whole_range(column, op, &cut)
    }

    /// A comparison with a column that holds all of its text.
    fn whole_range(&mut self, column: &str, op: CompareOp, text: &str) -> Option<String> {
        if op != CompareOp::Sw {
            let sign = sign(op)?;
            return Some(format!("{column} {sign} {}", self.bind(text)));
        }
        let from = self.bind(text);
        Some(match after_prefix(text) {
            Some(below) => format!("({column} >= {from} AND {column} < {})", self.bind(below)),
            None => format!("{column} >= {from}"),
        })
    }

    fn in_index(&mut self, table: &str, id: &str, column: &str, more: &str, op: CompareOp, text: &str) -> Option<Part> {
        let condition = self.range(column, op, text)?;
        let alias = self.alias();
        Some(Part {
            sql: format!("{alias}.id IN (SELECT {id} FROM {table} WHERE realm = ?1{more} AND {condition})"),
            exact: exact(text),
        })
    }

    /// Direct and indirect: the edges between groups first, then the memberships.
    fn in_group(&mut self, id: &str) -> Part {
        let Some(id) = canonical_id(id) else {
            return Part::exact("FALSE".into());
        };
        let place = self.bind(id);
        Part::exact(format!(
            "u.id IN (WITH RECURSIVE down(id) AS (SELECT g.id FROM groups g WHERE g.realm = ?1 AND g.id = {place}
               UNION SELECT n.member_id FROM down CROSS JOIN group_members n WHERE n.realm = ?1 AND n.group_id = down.id)
             SELECT m.user_id FROM down CROSS JOIN memberships m WHERE m.realm = ?1 AND m.group_id = down.id AND m.status = 'enabled')"
        ))
    }

    fn has_member(&mut self, id: &str) -> Part {
        let Some(id) = canonical_id(id) else {
            return Part::exact("FALSE".into());
        };
        let place = self.bind(id);
        // A member whom the caller is not shown is in no group to them.
        let unseen = |hidden: &str| {
            format!(" AND NOT EXISTS (SELECT 1 FROM users l WHERE l.realm = ?1 AND l.id = {place} AND {hidden})")
        };
        let seen = match self.sight {
            Sight::All => String::new(),
            Sight::Staying => unseen("l.leaves_at IS NOT NULL"),
            Sight::Shown => unseen("l.hidden"),
        };
        Part::exact(format!(
            "g.id IN (SELECT m.group_id FROM memberships m WHERE m.realm = ?1 AND m.user_id = {place} AND m.status = 'enabled'{seen}
              UNION SELECT n.group_id FROM group_members n WHERE n.realm = ?1 AND n.member_id = {place})"
        ))
    }
}

/// Whether a filter asks for what a resource is called.
fn is_name(filter: &Resolved) -> bool {
    match filter {
        Resolved::Compare { attribute, op, .. } => {
            *op == CompareOp::Eq && matches!(attribute.key(), "id" | "userName" | "externalId" | "emails.value")
        }
        _ => false,
    }
}

/// Ids compare exactly: only the form that is handed out is one.
fn canonical_id(text: &str) -> Option<Uuid> {
    Uuid::try_parse(text).ok().filter(|id| id.to_string() == text)
}

/// Whether the index holds all of the text.
fn exact(text: &str) -> bool {
    text.chars().nth(INDEXED_CHARS - 1).is_none()
}

fn sign(op: CompareOp) -> Option<&'static str> {
    match op {
        CompareOp::Eq => Some("="),
        CompareOp::Gt => Some(">"),
        CompareOp::Ge => Some(">="),
        CompareOp::Lt => Some("<"),
        CompareOp::Le => Some("<="),
        CompareOp::Ne | CompareOp::Co | CompareOp::Sw | CompareOp::Ew => None,
    }
}

/// The smallest text that is after every text with this prefix.
fn after_prefix(prefix: &str) -> Option<String> {
    let mut chars: Vec<char> = prefix.chars().collect();
    while let Some(last) = chars.pop() {
        let next = (u32::from(last) + 1..=u32::from(char::MAX)).find_map(char::from_u32);
        if let Some(next) = next {
            chars.push(next);
            return Some(chars.into_iter().collect());
        }
    }
    None
}

/// The smallest id made at that instant.
fn first_id(millis: i64) -> Uuid {
    Id::<()>::first_at(Timestamp::from_millis(millis)).uuid()
}

#[cfg(test)]
mod tests {
    use super::after_prefix;

    #[test]
    fn a_prefix_ends_before_the_next_text_even_at_the_end_of_unicode() {
        assert_eq!(after_prefix("ab").as_deref(), Some("ac"));
        assert_eq!(after_prefix("a\u{10FFFF}").as_deref(), Some("b"));
        assert_eq!(after_prefix("\u{10FFFF}"), None);
        assert_eq!(after_prefix("\u{D7FF}").as_deref(), Some("\u{E000}"));
    }
}
