//! What a client asks a control plane about all of its engines.
//!
//! An engine answers these calls with UNIMPLEMENTED; by that a tool can tell which of the
//! two it speaks to ([`ClientError::is_unimplemented`]).

use routewright_schema::pb::{
    GetFleetRequest, GetFleetResponse, ListDeniedRequest, ListDeniedResponse, ListVersionsRequest,
    ListVersionsResponse, RolloutState, WatchRolloutRequest, WatchRolloutResponse,
};
use tonic::{Code, Streaming};

use super::{BlockingClient, Client, ClientError, outside_of_tasks};

impl ClientError {
    /// Whether the other side does not know the call: an engine, asked about a fleet.
    pub fn is_unimplemented(&self) -> bool {
        self.code() == Some(Code::Unimplemented)
    }

    /// The status that the call failed with; `None`: there was no call.
    pub fn code(&self) -> Option<Code> {
        match self {
            ClientError::Call(status) => Some(status.code()),
            _ => None,
        }
    }
}

impl Client {
    /// Which engines there are, what they serve, and what is being rolled out.
    ///
    /// # Errors
    /// There is no answer, or it is an engine that was asked.
    pub async fn fleet(&mut self) -> Result<GetFleetResponse, ClientError> {
        Ok(self.fleet.get_fleet(GetFleetRequest {}).await?.into_inner())
    }

    /// What was decided, newest first; a page of it.
    ///
    /// # Errors
    /// As [`fleet`](Self::fleet).
    pub async fn versions(
        &mut self,
        request: ListVersionsRequest,
    ) -> Result<ListVersionsResponse, ClientError> {
        Ok(self.fleet.list_versions(request).await?.into_inner())
    }

    /// What was turned away because somebody may not do it, newest first.
    ///
    /// # Errors
    /// As [`fleet`](Self::fleet).
    pub async fn denied(
        &mut self,
        request: ListDeniedRequest,
    ) -> Result<ListDeniedResponse, ClientError> {
        Ok(self.fleet.list_denied(request).await?.into_inner())
    }

    /// The steps of a rollout until it has ended, from now on.
    ///
    /// # Errors
    /// As [`fleet`](Self::fleet); NOT_FOUND if that revision is not being rolled out, and
    /// its end is no longer remembered: [`versions`](Self::versions) knows it.
    pub async fn watch_rollout(&mut self, revision: u64) -> Result<Steps, ClientError> {
        let request = WatchRolloutRequest { revision };
        let stream = self.fleet.watch_rollout(request).await?.into_inner();
        Ok(Steps { stream })
    }
}

/// The steps of a rollout.
#[derive(Debug)]
pub struct Steps {
    stream: Streaming<WatchRolloutResponse>,
}

impl Steps {
    /// The next step; `None` after the last, which says how it ended.
    ///
    /// # Errors
    /// The control plane has gone. The rollout goes on when it is back.
    pub async fn next(&mut self) -> Result<Option<RolloutState>, ClientError> {
        loop {
            match self.stream.message().await? {
                Some(step) if step.rollout.is_none() => {}
                step => return Ok(step.and_then(|step| step.rollout)),
            }
        }
    }
}

impl BlockingClient {
    /// As [`Client::fleet`].
    ///
    /// # Errors
    /// As there.
    pub fn fleet(&mut self) -> Result<GetFleetResponse, ClientError> {
        outside_of_tasks()?;
        self.runtime.block_on(self.client.fleet())
    }

    /// As [`Client::versions`].
    ///
    /// # Errors
    /// As there.
    pub fn versions(
        &mut self,
        request: ListVersionsRequest,
    ) -> Result<ListVersionsResponse, ClientError> {
        outside_of_tasks()?;
        self.runtime.block_on(self.client.versions(request))
    }

    /// As [`Client::denied`].
    ///
    /// # Errors
    /// As there.
    pub fn denied(
        &mut self,
        request: ListDeniedRequest,
    ) -> Result<ListDeniedResponse, ClientError> {
        outside_of_tasks()?;
        self.runtime.block_on(self.client.denied(request))
    }

    /// As [`Client::watch_rollout`]. Borrows the client: its connection is what drives the
    /// stream.
    ///
    /// # Errors
    /// As there.
    pub fn watch_rollout(&mut self, revision: u64) -> Result<BlockingSteps<'_>, ClientError> {
        outside_of_tasks()?;
        let steps = self.runtime.block_on(self.client.watch_rollout(revision))?;
        Ok(BlockingSteps {
            steps,
            runtime: &self.runtime,
        })
    }
}

/// The steps of a rollout; each call of `next` waits for one.
#[derive(Debug)]
pub struct BlockingSteps<'a> {
    steps: Steps,
    runtime: &'a tokio::runtime::Runtime,
}

impl Iterator for BlockingSteps<'_> {
    type Item = Result<RolloutState, ClientError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Err(fault) = outside_of_tasks() {
            return Some(Err(fault));
        }
        self.runtime.block_on(self.steps.next()).transpose()
    }
}
