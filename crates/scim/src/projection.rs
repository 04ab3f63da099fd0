//! Which attributes an answer has: RFC 7644 §3.4.2.5 and §3.9.
//!
//! A projection works on the JSON text of a resource and copies what it keeps as it stands there.

use crate::error::Error;
use crate::path::AttrPath;
use crate::raw;
use crate::schema::{Attribute, Mutability, ResourceSchema, Returned};

/// Which attributes an answer has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Projection {
    mode: Mode,
    /// What is answered as if it had been asked for.
    requested: Vec<String>,
    /// Never answered, whatever is asked for.
    never: Names,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Mode {
    /// All but these.
    #[default]
    All,
    /// All but these, by name or by default.
    Without(Names),
    /// Only these, among them what is always answered.
    Only(Names),
}

/// Names with what is named within each. Names compare without case; there are few of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Names(Vec<(String, Named)>);

/// What is named of one member.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Named {
    Whole,
    Parts(Names),
}

impl Names {
    fn get(&self, name: &str) -> Option<&Named> {
        self.0
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, named)| named)
    }

    fn is_whole(&self, name: &str) -> bool {
        matches!(self.get(name), Some(Named::Whole))
    }

    /// Names what a chain of names leads to. Naming the whole of something outdoes naming parts of it.
    fn add(&mut self, chain: &[&str]) {
        let Some((name, rest)) = chain.split_first() else {
            return;
        };
        let at = self.0.iter().position(|(known, _)| known.eq_ignore_ascii_case(name));
        let at = at.unwrap_or_else(|| {
            self.0.push(((*name).to_owned(), Named::Parts(Names::default())));
            self.0.len() - 1
        });
        match (&mut self.0[at].1, rest) {
            (Named::Whole, _) => {}
            (named, []) => *named = Named::Whole,
            (Named::Parts(parts), rest) => parts.add(rest),
        }
    }
}

impl Projection {
    /// Everything that is returned by default.
    pub fn all() -> Self {
        Self::default()
    }

    /// Reads the query parameters `attributes` and `excludedAttributes`: names with commas between them.
    ///
    /// # Errors
    /// `invalidValue`: both are given.
    pub fn parse(attributes: Option<&str>, excluded: Option<&str>, schemas: &[&ResourceSchema]) -> Result<Self, Error> {
        let split = |text: Option<&str>| {
            text.unwrap_or_default()
                .split(',')
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        Self::from_lists(&split(attributes), &split(excluded), schemas)
    }

    /// The same from the lists of a search request.
    ///
    /// Names that no schema knows are left alone: what they name is not there.
    ///
    /// # Errors
    /// `invalidValue`: both are given.
    pub fn from_lists(attributes: &[String], excluded: &[String], schemas: &[&ResourceSchema]) -> Result<Self, Error> {
        let names = |list: &[String]| {
            list.iter()
                .map(|name| name.trim().to_owned())
                .filter(|name| !name.is_empty())
                .collect::<Vec<_>>()
        };
        let (attributes, excluded) = (names(attributes), names(excluded));
        let mut never = Names::default();
        returned(schemas, Returned::Never, &mut never);
        let mode = match (attributes.is_empty(), excluded.is_empty()) {
            (false, false) => {
                let both = "attributes and excludedAttributes exclude each other; give one of them";
                return Err(Error::invalid_value(both).about("attributes"));
            }
            (false, true) => {
                let mut only = chains(&attributes, schemas);
                only.add(&["schemas"]);
                only.add(&["id"]);
                returned(schemas, Returned::Always, &mut only);
                Mode::Only(only)
            }
            (true, _) => {
                let mut without = chains(&excluded, schemas);
                returned(schemas, Returned::Request, &mut without);
                spare_always(&mut without, schemas);
                if without.0.is_empty() {
                    Mode::All
                } else {
                    Mode::Without(without)
                }
            }
        };
        Ok(Self {
            mode,
            requested: Vec::new(),
            never,
        })
    }

    /// With an attribute or extension that is else returned on request only.
    #[must_use]
    pub fn with_requested(mut self, top: &str) -> Self {
        if let Mode::Without(names) = &mut self.mode {
            names.0.retain(|(name, _)| !name.eq_ignore_ascii_case(top));
            if names.0.is_empty() {
                self.mode = Mode::All;
            }
        }
        self.requested.push(top.to_owned());
        self
    }

    /// Whether the text stays as it is.
    pub fn is_all(&self) -> bool {
        self.mode == Mode::All && self.never.0.is_empty()
    }

    /// Whether anything of a top-level attribute, or of an extension by its URN, is in the answer.
    pub fn wants(&self, top: &str) -> bool {
        !self.never.is_whole(top)
            && match &self.mode {
                Mode::All => true,
                Mode::Without(names) => !names.is_whole(top),
                Mode::Only(names) => names.get(top).is_some(),
            }
    }

    /// Whether an attribute or extension that is returned on request is asked for.
    pub fn wants_requested(&self, top: &str) -> bool {
        let requested = self.requested.iter().any(|name| name.eq_ignore_ascii_case(top));
        (requested || matches!(&self.mode, Mode::Only(_))) && self.wants(top)
    }

    /// Appends what is wanted of a resource's text.
    pub fn apply_raw(&self, json: &str, out: &mut Vec<u8>) {
        let cut = match &self.mode {
            Mode::All => Cut { keep: None, drop: None },
            Mode::Without(names) => Cut {
                keep: None,
                drop: Some(names),
            },
            Mode::Only(names) => Cut {
                keep: Some(names),
                drop: None,
            },
        };
        if self.never.0.is_empty() {
            cut.object(json, out);
        } else {
            let mut kept = Vec::with_capacity(json.len());
            Cut {
                keep: None,
                drop: Some(&self.never),
            }
            .object(json, &mut kept);
            cut.object(&String::from_utf8_lossy(&kept), out);
        }
    }
}

/// What is kept of an object: what is named, or all but what is named.
#[derive(Clone, Copy)]
struct Cut<'a> {
    keep: Option<&'a Names>,
    drop: Option<&'a Names>,
}

impl<'a> Cut<'a> {
    /// Writes an object; says whether anything is in it.
    fn object(self, json: &str, out: &mut Vec<u8>) -> bool {
        out.push(b'{');
        let mut is_first = true;
        for (name, value) in raw::members(json) {
            let Some(within) = self.within(&name) else { continue };
            let before = out.len();
            if !is_first {
                out.push(b',');
            }
            write_name(&name, out);
            if within.value(value, out) {
                is_first = false;
            } else {
                out.truncate(before);
            }
        }
        out.push(b'}');
        !is_first
    }

    /// How a member is cut; none if nothing of it is kept.
    fn within(self, name: &str) -> Option<Cut<'a>> {
        let keep = match self.keep.map(|names| names.get(name)) {
            None | Some(Some(Named::Whole)) => None,
            Some(Some(Named::Parts(parts))) => Some(parts),
            Some(None) => return None,
        };
        let drop = match self.drop.and_then(|names| names.get(name)) {
            Some(Named::Whole) => return None,
            Some(Named::Parts(parts)) => Some(parts),
            None => None,
        };
        Some(Cut { keep, drop })
    }

    /// Writes a value; says whether anything is left of it. Elements of lists are cut one by one.
    fn value(self, json: &str, out: &mut Vec<u8>) -> bool {
        match json.as_bytes().first() {
            Some(b'{') if self.cuts() => self.object(json, out),
            Some(b'[') if self.cuts() => {
                out.push(b'[');
                let mut is_first = true;
                for element in raw::elements(json) {
                    let before = out.len();
                    if !is_first {
                        out.push(b',');
                    }
                    if self.value(element, out) {
                        is_first = false;
                    } else {
                        out.truncate(before);
                    }
                }
                out.push(b']');
                !is_first
            }
            // Of a simple value there are no parts: a role that is plain text stays whole.
            _ => {
                out.extend_from_slice(json.as_bytes());
                true
            }
        }
    }

    fn cuts(self) -> bool {
        self.keep.is_some() || self.drop.is_some()
    }
}

fn write_name(name: &str, out: &mut Vec<u8>) {
    if name.bytes().any(|byte| byte < 0x20 || matches!(byte, b'"' | b'\\')) {
        out.extend_from_slice(serde_json::Value::from(name).to_string().as_bytes());
    } else {
        out.push(b'"');
        out.extend_from_slice(name.as_bytes());
        out.push(b'"');
    }
    out.push(b':');
}

/// What a list of names leads to, in every schema that knows them.
fn chains(names: &[String], schemas: &[&ResourceSchema]) -> Names {
    let mut all = Names::default();
    for name in names {
        // A URN by itself is a whole extension. A core schema by itself names nothing: it holds everything.
        if let Some(extension) = schemas.iter().find_map(|schema| schema.extension(name)) {
            all.add(&[&extension.id]);
            continue;
        }
        let Ok(path) = name.parse::<AttrPath>() else { continue };
        let mut is_known = false;
        for found in schemas.iter().filter_map(|schema| schema.resolve(&path)) {
            is_known = true;
            let mut chain = Vec::from_iter(found.urn());
            chain.push(&found.attribute().name);
            if found.explicit_sub() {
                chain.extend(found.sub().map(|sub| sub.name.as_str()));
            }
            all.add(&chain);
        }
        if !is_known {
            let chain = [path.urn.as_deref(), Some(path.name.as_str()), path.sub.as_deref()];
            all.add(&chain.into_iter().flatten().collect::<Vec<_>>());
        }
    }
    all
}

/// Takes out of what is left out what is always answered.
fn spare_always(without: &mut Names, schemas: &[&ResourceSchema]) {
    let is_always = |attribute: &Attribute| attribute.returned == Returned::Always;
    let spared = |name: &str| {
        schemas
            .iter()
            .any(|schema| schema.attribute(name).is_some_and(is_always))
    };
    without
        .0
        .retain(|(name, _)| !matches!(name.to_ascii_lowercase().as_str(), "id" | "schemas") && !spared(name));
    for extension in schemas.iter().flat_map(|schema| &schema.extensions) {
        if !extension.attributes.iter().any(is_always) {
            continue;
        }
        let Some((_, named)) = without
            .0
            .iter_mut()
            .find(|(name, _)| name.eq_ignore_ascii_case(&extension.id))
        else {
            continue;
        };
        match named {
            Named::Whole => {
                let others = extension.attributes.iter().filter(|attribute| !is_always(attribute));
                *named = Named::Parts(Names(
                    others.map(|attribute| (attribute.name.clone(), Named::Whole)).collect(),
                ));
            }
            Named::Parts(parts) => parts
                .0
                .retain(|(name, _)| !extension.attribute(name).is_some_and(is_always)),
        }
    }
}

/// The attributes that are stored and returned so.
fn returned(schemas: &[&ResourceSchema], when: Returned, into: &mut Names) {
    // What is only computed is not in the text unless it is wanted, and writeOnly values are not kept.
    let is_stored =
        |attribute: &&Attribute| !matches!(attribute.mutability, Mutability::ReadOnly | Mutability::WriteOnly);
    for schema in schemas {
        for attribute in schema
            .core
            .attributes
            .iter()
            .filter(is_stored)
            .filter(|attribute| attribute.returned == when)
        {
            into.add(&[&attribute.name]);
        }
        for extension in &schema.extensions {
            for attribute in extension
                .attributes
                .iter()
                .filter(is_stored)
                .filter(|attribute| attribute.returned == when)
            {
                into.add(&[&extension.id, &attribute.name]);
            }
        }
    }
}
