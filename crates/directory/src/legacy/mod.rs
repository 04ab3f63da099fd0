//! What the system before called our groups, configurations, roles, requests and people, so that links in old mails and the
//! ids that programs kept still lead there.

pub(crate) mod table;
