//! The commands on plans.

mod decide;
mod item;
mod make;

pub(crate) use decide::PurgePlan;
pub use decide::{ApprovePlan, DiscardPlan, StartPlan};
pub(crate) use item::EndPlan;
pub(super) use item::{ApplyItem, RefuseItem};
pub use make::BeginPlan;
pub(super) use make::{add, check_made};
