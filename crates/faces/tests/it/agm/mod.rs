//! Group management.

mod administration;
mod people;
mod configurations;
mod member;
mod member_world;
mod members;
mod offers;
mod principals;
mod requests;
mod rules;
mod world;
mod admins;
mod groups;
mod principals;
mod roles;
mod trees;
mod recalculation;
