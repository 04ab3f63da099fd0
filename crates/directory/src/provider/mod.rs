//! The realm's OpenID provider: its keys, what its tokens say, and who a person is there.

pub(crate) mod table;
