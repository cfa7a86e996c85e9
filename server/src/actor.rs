//! One thread for each organisation. What is waiting is judged together, committed once, and only then answered and
//! fanned out.

use crate::membership::Membership;
use crate::organisation::{Organisation, Outside, Request};
use crate::store::Store;
use std::sync::Arc;
use tokio::sync::{mpsc, watch};

/// Requests that may wait for the actor; a session that sends more waits itself.
const QUEUE: usize = 4096;
/// Most requests and bytes of commands in one commit: bounds how long an answer waits for others.
const DRAIN: usize = 512;
const DRAIN_BYTES: usize = 4 * 1024 * 1024;

/// The way to an organisation's actor.
#[derive(Clone, Debug)]
pub struct Handle {
    pub requests: mpsc::Sender<Request>,
    /// The team as it is durably; `None` until it is loaded.
    pub membership: watch::Receiver<Option<Arc<Membership>>>,
}

/// Starts the actor's thread.
pub fn start<S: Store + 'static>(outside: Outside<S>) -> std::io::Result<Handle> {
    let (requests, inbox) = mpsc::channel(QUEUE);
    let (membership, seen) = watch::channel(None);
    std::thread::Builder::new()
        .name("organisation".into())
        .spawn(move || run(Organisation::open(outside, membership), inbox))?;
    Ok(Handle { requests, membership: seen })
}

fn run<S: Store>(mut organisation: Organisation<S>, mut inbox: mpsc::Receiver<Request>) {
    while let Some(first) = inbox.blocking_recv() {
        let mut next = Some(first);
        let (mut count, mut bytes) = (0, 0);
        while let Some(request) = next {
            if let Request::Stop(done) = request {
                organisation.stop();
                let _ = done.send(());
                return;
            }
            if let Request::Mutate(_, m) = &request {
                bytes += m.command.len();
            }
            count += 1;
            organisation.take(request);
            next = if count < DRAIN && bytes < DRAIN_BYTES { inbox.try_recv().ok() } else { None };
        }
        organisation.commit();
    }
    organisation.stop();
}
