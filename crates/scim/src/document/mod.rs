//! A resource's attributes on their way in: from any JSON a client may send to what is stored.
//!
//! [`parse_object`] reads the bytes, [`accept`] makes a document of a body, [`coerce`] and [`coerce_element`] do the same
//! for the value of one attribute, and [`finish`] brings a document that was changed into its final form.
//!
//! A document holds canonical names only, each value in its attribute's type, nothing empty, and nothing that only the
//! server writes. Values stay as they were sent: nothing is trimmed, normalised or added.

mod accept;
mod canaille;
mod coerce;
mod finish;
mod list;
mod parse;
mod problems;
mod unknown;

pub use accept::{Intent, accept};
pub use canaille::complete_as_canaille;
pub use coerce::{coerce, coerce_element, is_absent};
pub use finish::finish;
pub use parse::{MAX_DEPTH, duplicate_member, parse_object};
pub use unknown::unknown;
pub(crate) use unknown::{each_once, unknown_in};
