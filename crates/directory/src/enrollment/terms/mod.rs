//! Terms of use: versions that never change, and who has accepted which of them, when and where.

pub(crate) mod table;
