//! Pieces of a JSON text as they stand there. Only names are read; values are passed on as slices.
//!
//! The text is JSON that was checked or written here. Of any other text the pieces are meaningless, but nothing panics and
//! everything ends.

use std::borrow::Cow;

/// The members of an object, in their order: names and the texts of values.
pub fn members(json: &str) -> impl Iterator<Item = (Cow<'_, str>, &str)> {
    let mut scanner = Scanner::inside(json, b'{');
    std::iter::from_fn(move || {
        let name = scanner.value()?;
        scanner.expect(b':')?;
        let value = scanner.value()?;
        scanner.comma();
        Some((unquoted(name)?, value))
    })
}

/// The elements of a list, in their order.
pub fn elements(json: &str) -> impl Iterator<Item = &str> {
    let mut scanner = Scanner::inside(json, b'[');
    std::iter::from_fn(move || {
        let value = scanner.value()?;
        scanner.comma();
        Some(value)
    })
}

/// Appends a text as a JSON string.
pub fn write_string(text: &str, out: &mut String) {
    if text.bytes().any(|byte| byte < 0x20 || matches!(byte, b'"' | b'\\')) {
        out.push_str(&serde_json::Value::from(text).to_string());
    } else {
        out.push('"');
        out.push_str(text);
        out.push('"');
    }
}

fn unquoted(quoted: &str) -> Option<Cow<'_, str>> {
    let inner = quoted.strip_prefix('"')?.strip_suffix('"')?;
    if inner.contains('\\') {
        serde_json::from_str(quoted).ok().map(Cow::Owned)
    } else {
        Some(Cow::Borrowed(inner))
    }
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    /// At the first piece inside the brackets; at the end if there are no such brackets.
    fn inside(text: &'a str, open: u8) -> Self {
        let mut scanner = Self { text, at: 0 };
        if scanner.expect(open).is_none() {
            scanner.at = text.len();
        }
        scanner
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        self.skip_space();
        (self.peek()? == byte).then(|| self.at += 1)
    }

    fn comma(&mut self) {
        self.expect(b',');
    }

    /// The next value; none at a closing bracket or the end.
    fn value(&mut self) -> Option<&'a str> {
        self.skip_space();
        let start = self.at;
        match self.peek()? {
            b'"' => self.string(),
            b'{' | b'[' => self.brackets(),
            _ => {
                while !matches!(
                    self.peek(),
                    None | Some(b',' | b':' | b'}' | b']' | b' ' | b'\t' | b'\n' | b'\r')
                ) {
                    self.at += 1;
                }
            }
        }
        // Nothing is passed over where nothing was found, or the caller would not end.
        self.text.get(start..self.at).filter(|value| !value.is_empty())
    }

    /// Past a string's closing quote.
    fn string(&mut self) {
        self.at += 1;
        while let Some(byte) = self.peek() {
            self.at += 1;
            match byte {
                b'\\' => self.at += 1,
                b'"' => return,
                _ => {}
            }
        }
        self.at = self.text.len();
    }

    /// Past the bracket that closes the one here.
    fn brackets(&mut self) {
        let mut depth = 0_usize;
        while let Some(byte) = self.peek() {
            match byte {
                b'"' => {
                    self.string();
                    continue;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth -= 1,
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return;
            }
        }
    }
}
