//! What the configuration file says to the directory; the same for all realms.

use std::sync::Arc;

use scim::schema::Schema;

/// The directory's part of the configuration.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Extension schemas of users from configuration, beside the built-in ones.
    pub user_extensions: Vec<Arc<Schema>>,
    /// Extension schemas of groups from configuration.
    pub group_extensions: Vec<Arc<Schema>>,
    /// The base of all links, without a slash at the end. Never taken from a request.
    pub public_url: String,
    /// Whether mails stay readable after the mail server took them (quickstart only).
    pub keep_mail: bool,
    /// How work is leased, repeated and given up.
    pub work: WorkSettings,
}

/// How jobs and deliveries are leased, repeated and given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkSettings {
    /// Seconds of real time for which one worker has a piece of work to itself. Default 120.
    pub lease_seconds: i64,
    /// Seconds of real time a target has to answer. Default 60.
    pub answer_seconds: u64,
    /// After so many attempts work is parked for an operator. Default 12.
    pub attempts: u32,
    /// Seconds until the second attempt; each further one waits twice as long. Default 30.
    pub first_retry_seconds: i64,
    /// The longest wait between two attempts, in seconds. Default 21,600, which is six hours.
    pub longest_retry_seconds: i64,
    /// Days for which settled deliveries stay listed. Default 30.
    pub settled_days: u32,
    /// Jobs a node runs at a time, each in a transaction of its own. Default 16.
    pub jobs_at_once: usize,
}

impl Default for WorkSettings {
    fn default() -> Self {
        Self {
            lease_seconds: 120,
            answer_seconds: 60,
            attempts: 12,
            first_retry_seconds: 30,
            longest_retry_seconds: 21_600,
            settled_days: 30,
            jobs_at_once: 16,
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            user_extensions: Vec::new(),
            group_extensions: Vec::new(),
            public_url: "http://127.0.0.1:8080".into(),
            keep_mail: false,
            work: WorkSettings::default(),
        }
    }
}
