//! From text to [`Filter`]: one token of look-ahead, no way back, and a counter for depth.

use std::str::FromStr;

use serde_json::Number;

use super::lexer::{Fault, Lexer, Placed, Token};
use super::{CompareOp, Filter, Literal, MAX_BYTES, MAX_DEPTH, MAX_TERMS};
use crate::error::Error;
use crate::path::AttrPath;

impl FromStr for Filter {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        read(text, |parser| parser.or(Scope::Resource)).map_err(|why| Error::invalid_filter(format!("filter: {why}")))
    }
}

/// A path with brackets, as PATCH has them: `emails[type eq "work"].value`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Bracketed {
    pub(crate) path: AttrPath,
    pub(crate) filter: Filter,
    pub(crate) sub: Option<String>,
}

/// Reads `attrPath[filter]` or `attrPath[filter].sub`.
pub(crate) fn target(text: &str) -> Result<Bracketed, Error> {
    let whole = |parser: &mut Parser<'_>| {
        let (word, start, end) = parser.word("an attribute name")?;
        let path = Parser::path(word, start, Scope::Resource)?;
        let filter = parser.brackets(&path, end)?;
        let sub = parser.sub_after_brackets()?;
        Ok(Bracketed { path, filter, sub })
    };
    read(text, whole).map_err(|why| Error::invalid_path(format!("path: {why}")))
}

fn read<'a, T>(text: &'a str, rule: impl FnOnce(&mut Parser<'a>) -> Result<T, Fault>) -> Result<T, String> {
    if text.len() > MAX_BYTES {
        return Err(format!("{} bytes, at most {MAX_BYTES}", text.len()));
    }
    let parsed = Parser::new(text).and_then(|mut parser| {
        let parsed = rule(&mut parser)?;
        parser.end()?;
        Ok(parsed)
    });
    parsed.map_err(|fault| format!("at character {}: {}", text[..fault.at].chars().count() + 1, fault.why))
}

/// Where a term stands: brackets hold names of sub-attributes and no brackets of their own.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scope {
    Resource,
    Element,
}

struct Parser<'a> {
    lexer: Lexer<'a>,
    next: Placed<'a>,
    depth: usize,
    terms: usize,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str) -> Result<Self, Fault> {
        let mut lexer = Lexer::new(text);
        let next = lexer.next()?;
        Ok(Self {
            lexer,
            next,
            depth: 0,
            terms: 0,
        })
    }

    fn advance(&mut self) -> Result<Placed<'a>, Fault> {
        let next = self.lexer.next()?;
        Ok(std::mem::replace(&mut self.next, next))
    }

    fn fault<T>(&self, why: impl Into<String>) -> Result<T, Fault> {
        Err(Fault {
            at: self.next.start,
            why: why.into(),
        })
    }

    fn expected<T>(&self, what: &str) -> Result<T, Fault> {
        self.fault(format!("expected {what}, found {}", self.next.token.shown()))
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(self.next.token, Token::Word(next) if next.eq_ignore_ascii_case(word))
    }

    fn word(&mut self, what: &str) -> Result<(&'a str, usize, usize), Fault> {
        match self.next.token {
            Token::Word(word) => {
                let placed = self.advance()?;
                Ok((word, placed.start, placed.end))
            }
            _ => self.expected(what),
        }
    }

    fn take(&mut self, token: &Token<'_>, what: &str) -> Result<(), Fault> {
        if self.next.token == *token {
            self.advance()?;
            return Ok(());
        }
        self.expected(what)
    }

    fn end(&mut self) -> Result<(), Fault> {
        match self.next.token {
            Token::End => Ok(()),
            _ => self.expected("`and`, `or` or the end"),
        }
    }

    fn or(&mut self, scope: Scope) -> Result<Filter, Fault> {
        self.chain("or", scope, Self::and, Filter::Or)
    }

    fn and(&mut self, scope: Scope) -> Result<Filter, Fault> {
        self.chain("and", scope, Self::unary, Filter::And)
    }

    fn chain(
        &mut self,
        word: &str,
        scope: Scope,
        part: fn(&mut Self, Scope) -> Result<Filter, Fault>,
        join: fn(Vec<Filter>) -> Filter,
    ) -> Result<Filter, Fault> {
        let first = part(self, scope)?;
        if !self.is_word(word) {
            return Ok(first);
        }
        let mut parts = vec![first];
        while self.is_word(word) {
            self.advance()?;
            parts.push(part(self, scope)?);
        }
        Ok(join(parts))
    }

    fn unary(&mut self, scope: Scope) -> Result<Filter, Fault> {
        if self.is_word("not") {
            self.advance()?;
            if self.next.token != Token::Open {
                return self.expected("`(` after `not`");
            }
            return Ok(Filter::Not(Box::new(self.group(scope)?)));
        }
        match self.next.token {
            Token::Open => self.group(scope),
            _ => self.term(scope),
        }
    }

    fn group(&mut self, scope: Scope) -> Result<Filter, Fault> {
        self.deeper()?;
        self.take(&Token::Open, "`(`")?;
        let filter = self.or(scope)?;
        self.take(&Token::Close, "`and`, `or` or `)`")?;
        self.depth -= 1;
        Ok(filter)
    }

    fn deeper(&mut self) -> Result<(), Fault> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return self.fault(format!("brackets nest deeper than {MAX_DEPTH}"));
        }
        Ok(())
    }

    fn term(&mut self, scope: Scope) -> Result<Filter, Fault> {
        self.terms += 1;
        if self.terms > MAX_TERMS {
            return self.fault(format!("more than {MAX_TERMS} comparisons"));
        }
        let (word, start, end) = self.word("an attribute name, `not` or `(`")?;
        let path = Self::path(word, start, scope)?;
        if self.next.token != Token::OpenBracket || self.next.start != end {
            return self.comparison(path);
        }
        if scope == Scope::Element {
            return self.fault("brackets do not stand in brackets");
        }
        let filter = self.brackets(&path, end)?;
        let filter = match self.sub_after_brackets()? {
            None => filter,
            Some(sub) => both(filter, self.comparison(AttrPath::new(sub))?),
        };
        Ok(Filter::Has {
            path,
            filter: Box::new(filter),
        })
    }

    fn path(word: &str, start: usize, scope: Scope) -> Result<AttrPath, Fault> {
        let path = AttrPath::read(word).map_err(|why| Fault { at: start, why })?;
        if scope == Scope::Element && (path.urn.is_some() || path.sub.is_some()) {
            return Err(Fault {
                at: start,
                why: format!("expected the name of a sub-attribute, found `{word}`"),
            });
        }
        Ok(path)
    }

    /// `[filter]`, right after a path that ended there.
    fn brackets(&mut self, path: &AttrPath, end: usize) -> Result<Filter, Fault> {
        if self.next.start != end {
            return self.expected("`[` right after the attribute name");
        }
        if let Some(sub) = &path.sub {
            return self.fault(format!(
                "brackets stand after an attribute, not after its sub-attribute `{sub}`"
            ));
        }
        self.deeper()?;
        self.take(&Token::OpenBracket, "`[`")?;
        let filter = self.or(Scope::Element)?;
        if self.next.token != Token::CloseBracket {
            return self.expected("`and`, `or` or `]`");
        }
        self.depth -= 1;
        Ok(filter)
    }

    /// Takes the closing bracket and the `.sub` that may stand right after it.
    fn sub_after_brackets(&mut self) -> Result<Option<String>, Fault> {
        let end = self.next.end;
        self.take(&Token::CloseBracket, "`]`")?;
        let Token::Word(word) = self.next.token else {
            return Ok(None);
        };
        let Some(name) = word.strip_prefix('.').filter(|_| self.next.start == end) else {
            return Ok(None);
        };
        match Self::path(name, self.next.start + 1, Scope::Element) {
            Ok(path) => {
                self.advance()?;
                Ok(Some(path.name))
            }
            Err(fault) => Err(fault),
        }
    }

    fn comparison(&mut self, path: AttrPath) -> Result<Filter, Fault> {
        if self.is_word("pr") {
            self.advance()?;
            return Ok(Filter::Present(path));
        }
        let op = match self.next.token {
            Token::Word(word) => CompareOp::named(word),
            _ => None,
        };
        let Some(op) = op else {
            return self.expected(&format!(
                "an operator after `{path}` (eq, ne, co, sw, ew, gt, ge, lt, le, pr)"
            ));
        };
        self.advance()?;
        let value = self.literal()?;
        Ok(Filter::Compare { path, op, value })
    }

    fn literal(&mut self) -> Result<Literal, Fault> {
        let literal = match &self.next.token {
            Token::Text(text) => Some(Literal::String(text.clone())),
            Token::Word(word) => constant(word),
            _ => None,
        };
        match literal {
            Some(literal) => {
                self.advance()?;
                Ok(literal)
            }
            None => self.expected("a value: a text in double quotes, a number, true, false or null"),
        }
    }
}

fn constant(word: &str) -> Option<Literal> {
    let lower = word.to_ascii_lowercase();
    match lower.as_str() {
        "true" => Some(Literal::Bool(true)),
        "false" => Some(Literal::Bool(false)),
        "null" => Some(Literal::Null),
        number => serde_json::from_str::<Number>(number).ok().map(Literal::Number),
    }
}

fn both(left: Filter, right: Filter) -> Filter {
    match left {
        Filter::And(mut parts) => {
            parts.push(right);
            Filter::And(parts)
        }
        other => Filter::And(vec![other, right]),
    }
}
