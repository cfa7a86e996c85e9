//! One thread for each organisation. What is waiting is judged together, committed once, and only then answered and
//! fanned out.

use crate::membership::Membership;
use crate::organisation::{Organisation, Outside, Request};
use crate::store::Store;
use crate::yjs::peers::Ask;
use crate::yjs::protocol::Message;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;

/// Requests that may wait for the actor; a session that sends more waits itself.
const QUEUE: usize = 4096;
/// Most requests and bytes of commands in one commit: bounds how long an answer waits for others.
const DRAIN: usize = 512;
const DRAIN_BYTES: usize = 4 * 1024 * 1024;

/// What it costs to tell one session of a commit, about, and the longest that a commit waits because of it. With many sessions
/// the next commit gathers for as long as these are told of the last one; an edit that comes alone waits for nothing.
const TELLING: Duration = Duration::from_micros(20);
const GATHER_MIN: Duration = Duration::from_millis(2);
const GATHER_MAX: Duration = Duration::from_millis(20);

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
    // Only to wait for the next request no longer than until something is due.
    let waiting = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    std::thread::Builder::new()
        .name("organisation".into())
        .spawn(move || run(Organisation::open(outside, membership), inbox, &waiting))?;
    Ok(Handle { requests, membership: seen })
}

enum Woken {
    Asked(Request),
    /// Nothing was asked, and something is due.
    Due,
    /// Nobody can ask any more.
    Ended,
}

fn wait(inbox: &mut mpsc::Receiver<Request>, wait_ms: Option<u64>, waiting: &Runtime) -> Woken {
    let asked = match wait_ms {
        None => waiting.block_on(inbox.recv()),
        // The timer is made within the runtime, which is what it needs.
        Some(ms) => {
            let received = waiting.block_on(async { timeout(Duration::from_millis(ms), inbox.recv()).await });
            match received {
                Ok(asked) => asked,
                Err(_) => return Woken::Due,
            }
        }
    };
    asked.map_or(Woken::Ended, Woken::Asked)
}

fn run<S: Store>(mut organisation: Organisation<S>, mut inbox: mpsc::Receiver<Request>, waiting: &Runtime) {
    loop {
        let mut next = match wait(&mut inbox, organisation.wait_ms(), waiting) {
            Woken::Asked(first) => Some(first),
            Woken::Due => None,
            Woken::Ended => break,
        };
        let (mut count, mut bytes) = (0, 0);
        while let Some(request) = next {
            if let Request::Stop(done) = request {
                organisation.stop();
                let _ = done.send(());
                return;
            }
            bytes += match &request {
                Request::Mutate(_, m) => m.command.len(),
                Request::Yjs(Ask::Say(_, Message::Update(update), _)) => update.len(),
                _ => 0,
            };
            count += 1;
            organisation.take(request);
            next = if count < DRAIN && bytes < DRAIN_BYTES { inbox.try_recv().ok() } else { None };
        }
        organisation.commit();
        let gather = TELLING.saturating_mul(u32::try_from(organisation.take_told()).unwrap_or(u32::MAX));
        if gather >= GATHER_MIN {
            std::thread::sleep(gather.min(GATHER_MAX));
        }
    }
    organisation.stop();
}
