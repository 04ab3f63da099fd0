//! A request's passage through the house: what is known of it from its first moment on, in one piece. The entry makes it,
//! adds who asks for what realm, and hands it on with the request.

use std::net::IpAddr;
use std::sync::{Arc, OnceLock};

use axum::http::Extensions;
use directory::Realm;
use directory::client::Profile;

use crate::caller::Credentials;
use crate::face::Face;
use crate::limits::Limits;
use crate::request_id::RequestId;
use crate::trail::Trail;

/// What is known of a request.
#[derive(Debug)]
pub(crate) struct Passage {
    /// What ties what comes of it to the log.
    pub(crate) id: RequestId,
    /// The path as the caller wrote it.
    pub(crate) path: Arc<str>,
    /// The face that answers.
    pub(crate) face: Face,
    /// The address it came from.
    pub(crate) address: IpAddr,
    /// The version in front of Wire's token API, where the path has one.
    pub(crate) wire_version: Option<u32>,
    pub(crate) limits: Arc<Limits>,
    pub(crate) trail: Trail,
    asked: OnceLock<Asked>,
}

/// The realm a request is for, in which the face is switched on, and what it came with.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) realm: Arc<Realm>,
    pub(crate) credentials: Credentials,
}

impl Passage {
    pub(crate) fn new(
        id: RequestId,
        path: Arc<str>,
        face: Face,
        address: IpAddr,
        wire_version: Option<u32>,
        limits: Arc<Limits>,
    ) -> Self {
        Self {
            id,
            path,
            face,
            address,
            wire_version,
            limits,
            trail: Trail::default(),
            asked: OnceLock::new(),
        }
    }

    /// The passage of a request that has come through the entry.
    pub(crate) fn of(extensions: &Extensions) -> Option<&Arc<Self>> {
        extensions.get::<Arc<Self>>()
    }

    /// Who asks, in which realm; nothing before that has been found out.
    pub(crate) fn asked(&self) -> Option<&Asked> {
        self.asked.get()
    }

    /// Notes who asks, once; returns it.
    pub(crate) fn is_asked(&self, asked: Asked) -> &Asked {
        self.asked.get_or_init(|| asked)
    }

    /// Whether the request comes from a client of Wire's kind.
    pub(crate) fn is_of_wire(&self) -> bool {
        match self.asked() {
            Some(Asked {
                credentials: Credentials::Valid(principal),
                ..
            }) => principal.client().is_some_and(|client| client.profile == Profile::Wire),
            _ => false,
        }
    }
}
