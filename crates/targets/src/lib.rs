//! What Usher calls after a change. One folder per target; each works from deliveries alone, and may get one twice.

pub mod mail;
