//! A filter's words.

/// A piece of a filter.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token<'a> {
    /// A name, an operator, a number: whatever runs up to a space, a bracket or a quote.
    Word(&'a str),
    /// A text in double quotes, decoded.
    Text(String),
    Open,
    Close,
    OpenBracket,
    CloseBracket,
    End,
}

impl Token<'_> {
    /// How a message names it.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Word(word) => format!("`{}`", shortened(word)),
            Self::Text(text) => format!("the text \"{}\"", shortened(text)),
            Self::Open => "`(`".into(),
            Self::Close => "`)`".into(),
            Self::OpenBracket => "`[`".into(),
            Self::CloseBracket => "`]`".into(),
            Self::End => "the end".into(),
        }
    }
}

/// A message quotes what was written, but not kilobytes of it.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((cut, _)) => format!("{}…", &text[..cut]),
        None => text.to_owned(),
    }
}

/// A token and where it stands, in bytes.
#[derive(Clone, Debug)]
pub(super) struct Placed<'a> {
    pub(super) token: Token<'a>,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// What is wrong, and where.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) at: usize,
    pub(super) why: String,
}

pub(super) struct Lexer<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    pub(super) fn next(&mut self) -> Result<Placed<'a>, Fault> {
        let rest = &self.text[self.at..];
        let start = self.at + (rest.len() - rest.trim_start_matches(is_space).len());
        let rest = &self.text[start..];
        let (token, length) = match rest.chars().next() {
            None => (Token::End, 0),
            Some('(') => (Token::Open, 1),
            Some(')') => (Token::Close, 1),
            Some('[') => (Token::OpenBracket, 1),
            Some(']') => (Token::CloseBracket, 1),
            Some('"') => text(rest, start)?,
            Some(_) => {
                let length = rest.find(ends_word).unwrap_or(rest.len());
                (Token::Word(&rest[..length]), length)
            }
        };
        self.at = start + length;
        Ok(Placed {
            token,
            start,
            end: self.at,
        })
    }
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

fn ends_word(c: char) -> bool {
    is_space(c) || matches!(c, '(' | ')' | '[' | ']' | '"')
}

/// A JSON string (RFC 8259 §7): its end is found here, its escapes and surrogates are serde_json's.
fn text(rest: &str, start: usize) -> Result<(Token<'static>, usize), Fault> {
    let mut escaped = false;
    for (index, byte) in rest.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => {
                let decoded = serde_json::from_str(&rest[..=index]);
                let decoded = decoded.map_err(|_| Fault {
                    at: start,
                    why: "this text is no JSON string".into(),
                })?;
                return Ok((Token::Text(decoded), index + 1));
            }
            _ => {}
        }
    }
    Err(Fault {
        at: start,
        why: "this text has no closing quote".into(),
    })
}
