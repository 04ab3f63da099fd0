//! What the administration of the realm does.

pub(super) mod attribute_configuration;
pub(super) mod configuration;
pub(super) mod group_configurations;
pub(super) mod groups;
pub(super) mod recalculation;
pub(super) mod retired;
pub(super) mod rules;
pub(super) mod users;
