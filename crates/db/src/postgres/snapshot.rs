//! Everything as it is at one instant, for as long as it takes to read it.

use std::pin::Pin;

use futures_util::stream::Fuse;
use futures_util::{StreamExt, TryStreamExt};
use tokio_postgres::RowStream;

use super::bind;
use super::server::Server;
use super::session::{Session, fault};
use crate::archive::Slice;
use crate::error::Error;
use crate::row::Row;

/// It waits for nobody and nobody waits for it, but what is deleted meanwhile stays on the disk. No limit of time holds for it.
const BEGIN: &str = "SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0;
                     BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// A transaction that only reads, on a connection of its own. It ends with this value.
pub(crate) struct Snapshot {
    session: Session,
}

/// The rows of a statement on their way. The server sends no more than is taken.
pub(crate) struct Rows {
    stream: Pin<Box<Fuse<RowStream>>>,
    sql: String,
}

impl Snapshot {
    pub(super) async fn begin(server: &Server) -> Result<Self, Error> {
        let session = server.connect().await?;
        session.batch(BEGIN).await?;
        Ok(Self { session })
    }

    pub(crate) async fn query(&self, sql: &str) -> Result<Vec<Row>, Error> {
        self.session.query(sql, &[]).await
    }

    /// Runs a statement whose rows may be more than memory holds.
    pub(crate) async fn rows(&self, sql: &str) -> Result<Rows, Error> {
        let statement = self.session.statement(sql).await?;
        let stream = self.session.query_raw(&statement, &[]).await;
        let stream = stream.map_err(|error| fault(error, sql))?;
        Ok(Rows {
            // Asked once more after its end, the driver would say that the connection is gone.
            stream: Box::pin(stream.fuse()),
            sql: sql.to_owned(),
        })
    }
}

impl Rows {
    /// The next of them; none at the end.
    pub(crate) async fn slice(&mut self) -> Result<Vec<Row>, Error> {
        let mut slice = Slice::default();
        while !slice.is_full() {
            let next = self.stream.try_next().await.map_err(|error| fault(error, &self.sql))?;
            let Some(raw) = next else { break };
            slice.push(bind::row(&raw)?);
        }
        Ok(slice.take())
    }
}
