//! Group management.

mod administration;
mod admins;
mod configurations;
mod entitlements;
mod groups;
mod member;
mod member_world;
mod members;
mod offers;
mod people;
mod principals;
mod recalculation;
mod requests;
mod roles;
mod rules;
mod trees;
mod world;
