//! One conversation with a client, whatever carries it.

use crate::actor::Handle;
use crate::auth::{AuthError, Identity};
use crate::hub::{Hub, now_ms};
use crate::limits::{Bucket, Permit};
use crate::organisation::Request;
use crate::outgoing::Outgoing;
use crate::room::Caller;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;
use wedsync_domain::presence;
use wedsync_protocol::{FaultCode, Frame, Hello, VERSION, VERSION_MIN};

/// A subscription costs the hub about as much as this many mutations.
const SUBSCRIBE_COST: f64 = 20.0;
/// And so does a greeting: it is a commit of its own.
const GREETING_COST: f64 = 20.0;
/// So many bytes of a command cost as much as another mutation.
const BYTES_EACH: f64 = 1024.0;
/// How often, and how long each time, a frame over the rate is made to wait.
const WAITS_MAX: usize = 5;
const WAIT_MAX: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub struct Session {
    number: u64,
    handle: Handle,
    pub outgoing: Arc<Outgoing>,
    pub identity: Identity,
    bucket: Arc<Bucket>,
    /// After `Busy`: the number that must come first again.
    busy_from: Option<u64>,
    _permit: Permit,
}

fn fault(code: FaultCode, message: &str) -> AuthError {
    AuthError::new(code, message)
}

fn going_down() -> AuthError {
    fault(FaultCode::TryLater, "the hub is going down; it will be back")
}

impl Session {
    /// Checks the greeting and registers with the organisation's actor.
    pub async fn start(hub: &Hub, hello: Hello) -> Result<Session, AuthError> {
        if !(VERSION_MIN..=VERSION).contains(&hello.version) {
            let message = format!("this hub speaks protocol {VERSION_MIN} to {VERSION}; update the app");
            return Err(AuthError { code: FaultCode::UnsupportedVersion, message });
        }
        let (identity, handle, _) = hub.verify(&hello.token).await?;
        let permit = hub
            .limits
            .connection(&identity.org, &identity.user)
            .ok_or_else(|| fault(FaultCode::RateLimited, "too many connections of one person; close some"))?;
        let bucket =
            hub.limits.bucket((identity.org.clone(), identity.user.clone(), identity.device.clone()));
        if bucket.take(GREETING_COST).is_err() {
            return Err(fault(FaultCode::RateLimited, "too many greetings; slow down"));
        }
        let number = hub.session_number();
        let outgoing = Arc::new(Outgoing::default());
        let caller =
            Caller { user: identity.user.clone(), device: identity.device.clone(), client: hello.client };
        let (done, attached) = oneshot::channel();
        let request = Request::Attach { session: number, caller, outgoing: outgoing.clone(), done };
        handle.requests.send(request).await.map_err(|_| going_down())?;
        let session =
            Session { number, handle, outgoing, identity, bucket, busy_from: None, _permit: permit };
        match attached.await {
            Ok(Ok(())) => {
                let core: String = hello.core.chars().filter(|c| !c.is_control()).take(40).collect();
                tracing::info!(session = number, core, "session started");
                Ok(session)
            }
            Ok(Err(code)) => Err(fault(code, attach_message(code))),
            Err(_) => Err(going_down()),
        }
    }

    /// How long it may go on under its token.
    pub fn time_left(&self) -> Duration {
        Duration::from_millis(self.identity.expires_ms.saturating_sub(now_ms()))
    }

    pub async fn handle(&mut self, frame: Frame) -> Result<(), AuthError> {
        match frame {
            Frame::Mutate(mutate) => {
                if self.busy_from.is_some_and(|n| mutate.n > n) {
                    // Sent before our Busy arrived: it comes again.
                    return Ok(());
                }
                let cost = 1.0 + mutate.command.len() as f64 / BYTES_EACH;
                if let Err(retry_after_ms) = self.bucket.take(cost) {
                    self.busy_from = Some(mutate.n);
                    self.outgoing.answer(&Frame::Busy { retry_after_ms: retry_after_ms.max(50) });
                    return Ok(());
                }
                self.busy_from = None;
                self.ask(Request::Mutate(self.number, mutate)).await
            }
            Frame::Subscribe { heads } => {
                self.wait_for(SUBSCRIBE_COST).await?;
                let (done, answered) = oneshot::channel();
                self.ask(Request::Subscribe(self.number, heads, done)).await?;
                // Each may answer with everything there is: no second one before the peer could read the first.
                let _ = answered.await;
                Ok(())
            }
            Frame::Presence { states } => {
                let bytes: usize = states.iter().map(presence::size).sum();
                self.wait_for(1.0 + bytes as f64 / BYTES_EACH).await?;
                match presence::check(&states) {
                    Ok(()) => self.ask(Request::Presence(self.number, states)).await,
                    Err(refusal) => {
                        self.outgoing.answer(&Frame::PresenceRefused(refusal));
                        Ok(())
                    }
                }
            }
            Frame::Ping { token } => {
                self.wait_for(1.0).await?;
                self.outgoing.answer(&Frame::Pong { token });
                Ok(())
            }
            Frame::Pong { .. } => Ok(()),
            Frame::Hello(_)
            | Frame::Welcome(_)
            | Frame::Permissions(_)
            | Frame::Update(_)
            | Frame::Ack(_)
            | Frame::Nack(_)
            | Frame::Busy { .. }
            | Frame::Fault { .. }
            | Frame::Part { .. }
            | Frame::Peers(_)
            | Frame::PresenceRefused(_) => Err(fault(FaultCode::Malformed, "a frame out of turn")),
        }
    }

    /// Where `Busy` does not fit: reads nothing more of this peer until it may go on, within reason.
    async fn wait_for(&self, cost: f64) -> Result<(), AuthError> {
        for _ in 0..WAITS_MAX {
            match self.bucket.take(cost) {
                Ok(()) => return Ok(()),
                Err(ms) => tokio::time::sleep(Duration::from_millis(u64::from(ms)).min(WAIT_MAX)).await,
            }
        }
        Err(fault(FaultCode::RateLimited, "too many frames; slow down"))
    }

    pub async fn catch_up(&self) -> Result<(), AuthError> {
        self.ask(Request::CatchUp(self.number)).await
    }

    /// Ends the conversation once all asked so far is answered.
    pub async fn finish(&self) -> Result<(), AuthError> {
        self.ask(Request::Finish(self.number)).await
    }

    async fn ask(&self, request: Request) -> Result<(), AuthError> {
        self.handle.requests.send(request).await.map_err(|_| going_down())
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.outgoing.close();
        // If its queue is full, the actor finds the session closed at the next fan-out.
        let _ = self.handle.requests.try_send(Request::Detach(self.number));
        tracing::info!(session = self.number, "session ended");
    }
}

fn attach_message(code: FaultCode) -> &'static str {
    match code {
        FaultCode::Revoked => "you or this device are not in the team any more",
        FaultCode::ClientTaken => "this client number belongs to somebody else; take a new one",
        _ => "the hub's store is not available; try again later",
    }
}
