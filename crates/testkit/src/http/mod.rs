//! Requests through the router, without a network.
//!
//! - `client`: who sends, and what
//! - `answer`: what came back, and what it caused

mod answer;
mod client;

pub use answer::Answer;
pub use client::{Request, TestClient};
