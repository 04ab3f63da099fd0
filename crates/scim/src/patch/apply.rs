//! Operations on a document, one after the other.

use serde_json::{Map, Value};

use super::target::{self, Place, Target};
use super::{DeferredOp, Op, Operation, PatchOptions, PatchOutcome, change, list};
use crate::document::{self, is_absent};
use crate::error::Error;
use crate::schema::{Mutability, ResourceSchema, Schema};

/// How many elements of lists the operations of one request may look at together. Each looks at all of its list, so that
/// without a limit a body's cost would grow with the square of its size.
const MOST_ELEMENTS: usize = 250_000;
/// A path of so many bytes asks one thing more of each element.
const BYTES_PER_TERM: usize = 32;

/// Applies operations in order and brings the document into its end state, as [`document::finish`] does.
///
/// # Errors
/// As RFC 7644 §3.5.2 has it: `invalidPath`, `noTarget`, `invalidValue`, `mutability`, `invalidFilter`; `tooMany` when they
/// walk long lists too often. The document is then as it was.
pub fn apply(
    attributes: &mut Map<String, Value>,
    operations: &[Operation],
    schema: &ResourceSchema,
    options: &PatchOptions<'_>,
) -> Result<PatchOutcome, Error> {
    let before = attributes.clone();
    match all(attributes, operations, schema, options) {
        Ok(deferred) => Ok(PatchOutcome {
            changed: *attributes != before,
            deferred,
        }),
        Err(error) => {
            *attributes = before;
            Err(error)
        }
    }
}

fn all(
    attributes: &mut Map<String, Value>,
    operations: &[Operation],
    schema: &ResourceSchema,
    options: &PatchOptions<'_>,
) -> Result<Vec<DeferredOp>, Error> {
    let mut patch = Patch {
        attributes,
        schema,
        options,
        deferred: Vec::new(),
        looked_at: 0,
    };
    for (index, operation) in operations.iter().enumerate() {
        patch.operation(operation).map_err(|error| Error {
            detail: format!("Operations[{index}]: {}", error.detail),
            ..error
        })?;
    }
    let deferred = patch.deferred;
    document::finish(attributes, schema)?;
    Ok(deferred)
}

struct Patch<'a> {
    attributes: &'a mut Map<String, Value>,
    schema: &'a ResourceSchema,
    options: &'a PatchOptions<'a>,
    deferred: Vec<DeferredOp>,
    looked_at: usize,
}

impl Patch<'_> {
    fn operation(&mut self, operation: &Operation) -> Result<(), Error> {
        match (operation.op, &operation.path, &operation.value) {
            (Op::Remove, None, _) => Err(Error::no_target("remove needs a path")),
            (Op::Remove, Some(path), value) => self.at_path(Op::Remove, path, value.as_ref()),
            (op, _, None) => Err(Error::invalid_value(format!("value: {} needs one", op.name()))),
            (op, Some(path), value) => self.at_path(op, path, value.as_ref()),
            (op, None, Some(value)) => self.members(op, value, None),
        }
    }

    fn at_path(&mut self, op: Op, path: &str, value: Option<&Value>) -> Result<(), Error> {
        match target::find(path, self.schema)? {
            Target::Attribute(place) => self.attribute(op, &place, value),
            Target::Extension(extension) => self.extension(op, &extension, value),
            Target::Resource => match value {
                Some(value) if op != Op::Remove => self.members(op, value, None),
                _ => Err(Error::no_target("remove needs the path of an attribute")),
            },
            Target::Undefined if self.options.lenient || (op == Op::Remove && self.options.forgives_removal) => Ok(()),
            Target::Undefined => Err(Error::invalid_path(format!(
                "path: {} has no attribute `{path}`",
                self.schema.name
            ))),
        }
    }

    /// A value without a path: each member is an operation of its own, whose path is the key. As in any body, what is
    /// undefined or read-only is passed over.
    fn members(&mut self, op: Op, value: &Value, urn: Option<&str>) -> Result<(), Error> {
        let Value::Object(members) = value else {
            return Err(Error::invalid_value(
                "value: expected an object, since there is no path of an attribute",
            ));
        };
        for (key, value) in members {
            let path = urn.map_or_else(|| key.clone(), |urn| format!("{urn}:{key}"));
            match target::find(&path, self.schema) {
                Ok(Target::Attribute(place)) if place.is(Mutability::ReadOnly) => {}
                Ok(Target::Attribute(place)) => self.attribute(op, &place, Some(value))?,
                Ok(Target::Extension(extension)) if urn.is_none() => self.extension_member(op, &extension, value)?,
                Ok(Target::Resource) if urn.is_none() && value.is_object() => {
                    self.members(op, value, Some(&self.schema.core.id))?;
                }
                Err(error) if key.contains('[') => return Err(error),
                Ok(Target::Extension(_) | Target::Resource | Target::Undefined) | Err(_) => {}
            }
        }
        Ok(())
    }

    fn extension(&mut self, op: Op, extension: &Schema, value: Option<&Value>) -> Result<(), Error> {
        if extension
            .attributes
            .iter()
            .any(|attribute| attribute.mutability != Mutability::ReadOnly)
            || extension.open
        {
            return match (op, value) {
                (Op::Remove, _) => self.remove_extension(extension),
                (_, Some(value)) => self.extension_member(op, extension, value),
                (_, None) => Ok(()),
            };
        }
        Err(Error::mutability(format!("{} is read-only", extension.id)).about(extension.id.clone()))
    }

    fn extension_member(&mut self, op: Op, extension: &Schema, value: &Value) -> Result<(), Error> {
        match (op, value) {
            (Op::Add, value) if is_absent(value) => Ok(()),
            (_, value) if is_absent(value) => self.remove_extension(extension),
            _ => self.members(op, value, Some(&extension.id)),
        }
    }

    fn remove_extension(&mut self, extension: &Schema) -> Result<(), Error> {
        let Some(held) = self.attributes.get(&extension.id).and_then(Value::as_object) else {
            return Ok(());
        };
        let kept = extension.attributes.iter().find(|attribute| {
            held.contains_key(&attribute.name) && (attribute.required || attribute.mutability == Mutability::Immutable)
        });
        if let Some(attribute) = kept {
            let key = format!("{}:{}", extension.id, attribute.name);
            return Err(Error::mutability(format!("{key} cannot be removed")).about(key));
        }
        self.attributes.shift_remove(&extension.id);
        Ok(())
    }

    fn attribute(&mut self, op: Op, place: &Place, value: Option<&Value>) -> Result<(), Error> {
        if place.is(Mutability::ReadOnly) {
            return Err(Error::mutability(format!("{} is read-only", place.path)).about(place.attribute.key()));
        }
        // What nobody can read is taken and dropped, and `schemas` follows from the data.
        if place.is(Mutability::WriteOnly) || place.attribute.key() == "schemas" {
            return Ok(());
        }
        if place.attribute.urn().is_none() && self.options.deferred.contains(&place.definition().name.as_str()) {
            self.deferred.extend(deferred(op, place, value)?);
            return Ok(());
        }
        let before = self.take(place);
        self.count(before.as_ref(), value, &place.path)?;
        let after = change::changed(before, op, place, value)?;
        self.put(place, after);
        Ok(())
    }

    /// Counts what an operation on a list looks at.
    fn count(&mut self, before: Option<&Value>, value: Option<&Value>, path: &str) -> Result<(), Error> {
        let length = |value: &Value| value.as_array().map_or(1, Vec::len);
        let elements = before.map_or(0, length) + value.map_or(0, length);
        self.looked_at += elements * (1 + path.len() / BYTES_PER_TERM);
        if self.looked_at > MOST_ELEMENTS {
            let why =
                format!("{path}: together the operations look at more than {MOST_ELEMENTS} values; send fewer at once");
            return Err(Error::too_many(why));
        }
        Ok(())
    }

    fn holder(&mut self, urn: Option<&str>) -> Option<&mut Map<String, Value>> {
        match urn {
            None => Some(self.attributes),
            Some(urn) => self.attributes.get_mut(urn).and_then(Value::as_object_mut),
        }
    }

    fn take(&mut self, place: &Place) -> Option<Value> {
        let held = self
            .holder(place.attribute.urn())?
            .get_mut(&place.definition().name)?
            .take();
        (!held.is_null()).then_some(held)
    }

    fn put(&mut self, place: &Place, value: Option<Value>) {
        let urn = place.attribute.urn();
        if let (Some(urn), Some(_)) = (urn, &value) {
            self.attributes.entry(urn).or_insert_with(|| Value::Object(Map::new()));
        }
        let Some(holder) = self.holder(urn) else { return };
        let name = &place.definition().name;
        if let Some(value) = value {
            holder.insert(name.clone(), value);
            return;
        }
        holder.shift_remove(name);
        if let (Some(urn), true) = (urn, holder.is_empty()) {
            self.attributes.shift_remove(urn);
        }
    }
}

/// The operation on the values of an attribute that is not in the document.
fn deferred(op: Op, place: &Place, value: Option<&Value>) -> Result<Option<DeferredOp>, Error> {
    let attribute = place.definition();
    let elements = |value: &Value| list::elements(value, attribute, &place.path);
    match (&place.selection, &place.sub) {
        (None, _) => Ok(match (op, value) {
            (Op::Remove, None | Some(Value::Null)) => Some(DeferredOp::RemoveAll),
            (Op::Remove, Some(value)) => {
                let names: Vec<String> = elements(value)?.iter().filter_map(list::named).collect();
                (!names.is_empty()).then_some(DeferredOp::RemoveValues(names))
            }
            (Op::Add, value) => {
                let added = value.map(elements).transpose()?.unwrap_or_default();
                (!added.is_empty()).then_some(DeferredOp::Add(added))
            }
            (Op::Replace, value) => Some(DeferredOp::Replace(
                value.map(elements).transpose()?.unwrap_or_default(),
            )),
        }),
        (Some(selection), None) if op == Op::Remove || (op == Op::Replace && value.is_some_and(is_absent)) => {
            Ok(Some(DeferredOp::RemoveWhere(selection.filter.clone())))
        }
        (Some(_), _) => {
            let why = format!(
                "{}: what is in {} is changed by adding and removing whole values",
                place.path, attribute.name
            );
            Err(Error::mutability(why).about(attribute.name.clone()))
        }
    }
}
