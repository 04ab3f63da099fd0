//! What both engines promise, and what each does in its own way.

mod archives;
mod durability;
mod faults;
mod groups;
mod migrations;
mod postgres;
mod reads;
mod support;
mod tls;
mod trips;
mod values;
mod writes;
