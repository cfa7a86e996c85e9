//! A thousand clients on one event, and some edits a second: how long until the author has the ack, and until everybody
//! else has the edit. The clients only speak the protocol: what they do themselves must not weigh on the figures.

use crate::process::{HubProcess, edit, number_of, token, user};
use crate::{Result, Row, percentile};
use futures_util::stream::SplitSink;
use futures_util::{SinkExt, StreamExt};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::{Instant, interval, sleep, timeout};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};
use wedsync_hub::hub::fresh_id;
use wedsync_protocol::{Assembler, Frame, Hello, VERSION, encode};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

const WITHIN: Duration = Duration::from_secs(30);
/// Connections that are opened at a time.
const OPENING: usize = 20;
/// Bytes; more than what a commit brings.
const READ_BUFFER: usize = 4096;
/// Not measured: the hub's documents open, its caches fill.
const WARM_UP: Duration = Duration::from_secs(2);
/// How far behind the hub may be after the last edit.
const CATCH_UP: Duration = Duration::from_secs(30);

/// When each edit was sent, and what was measured of it, in microseconds.
struct Record {
    start: Instant,
    sent_us: Vec<u32>,
    acks: Vec<u32>,
    seen: Vec<u32>,
}

impl Record {
    fn sending(&mut self) {
        self.sent_us.push(micros(self.start));
    }

    fn is_complete(&self, clients: usize) -> bool {
        let edits = self.sent_us.len();
        self.acks.len() == edits && self.seen.len() == edits * clients
    }
}

type Shared = Arc<Mutex<Record>>;

struct Client {
    sink: SplitSink<Socket, Message>,
    last_n: u64,
}

pub async fn run(hub: &Path, clients: usize, edits_a_second: u32, seconds: u32) -> Result<Vec<Row>> {
    let hub = HubProcess::start(hub, clients).await?;
    let record: Shared = Arc::new(Mutex::new(Record {
        start: Instant::now(),
        sent_us: Vec::new(),
        acks: Vec::new(),
        seen: Vec::with_capacity(clients * (edits_a_second * seconds) as usize),
    }));
    let mut all = vec![join(&hub.address, 0, &record).await?];
    let before = hub.memory();
    for first in (1..clients).step_by(OPENING) {
        let some = (first..clients.min(first + OPENING)).map(|number| join(&hub.address, number, &record));
        for client in futures_util::future::join_all(some).await {
            all.push(client?);
        }
    }
    let memory = hub.memory().zip(before).map(|(after, before)| after.saturating_sub(before));

    sleep(WARM_UP).await;
    let mut tick = interval(Duration::from_secs(1) / edits_a_second);
    for number in 0..edits_a_second * seconds {
        tick.tick().await;
        // Everybody writes in turn; 7 has no factor in common with the thousand.
        let at = (number as usize * 7) % all.len();
        let client = &mut all[at];
        client.last_n += 1;
        let mutate = edit(client.last_n, number)?;
        lock(&record).sending();
        for message in encode(&Frame::Mutate(mutate)) {
            client.sink.send(Message::Binary(message.into())).await?;
        }
    }
    let deadline = Instant::now() + CATCH_UP;
    while !lock(&record).is_complete(clients) && Instant::now() < deadline {
        sleep(Duration::from_millis(100)).await;
    }

    let mut record = lock(&record);
    let edits = record.sent_us.len();
    let (acks, seen) = (record.acks.len(), record.seen.len());
    if !record.is_complete(clients) {
        return Err(
            format!("{edits} edits were sent, {acks} answered, and seen {seen} times by {clients}").into()
        );
    }
    let of = format!("{clients} clients, {edits_a_second} edits a second");
    let mut rows = Vec::new();
    for (name, mut times) in [
        ("edit to ack", std::mem::take(&mut record.acks)),
        ("edit to everybody", std::mem::take(&mut record.seen)),
    ] {
        times.sort_unstable();
        for percent in [50, 95, 99] {
            let value = f64::from(percentile(&times, percent)) / 1000.0;
            rows.push(Row { metric: format!("{name} p{percent}, {of}"), value, unit: "ms", runs: edits });
        }
    }
    if let Some(bytes) = memory {
        let value = bytes as f64 / 1024.0 / (clients - 1) as f64;
        rows.push(Row {
            metric: format!("memory for each connection, {clients} clients"),
            value,
            unit: "kB",
            runs: clients,
        });
    }
    Ok(rows)
}

async fn join(address: &str, number: usize, record: &Shared) -> Result<Client> {
    // The library clears its whole buffer before each read: a large one would cost a thousand readers a core.
    let config = WebSocketConfig::default().read_buffer_size(READ_BUFFER);
    let url = format!("ws://{address}/v1/socket");
    let (socket, _) = tokio_tungstenite::connect_async_with_config(url, Some(config), true).await?;
    let (mut sink, mut source) = socket.split();
    let hello =
        Hello { version: VERSION, token: token(&user(number)?)?, client: fresh_id(), core: "bench".into() };
    for frame in [Frame::Hello(hello), Frame::Subscribe { heads: Vec::new() }] {
        for message in encode(&frame) {
            sink.send(Message::Binary(message.into())).await?;
        }
    }
    let mut assembler = Assembler::default();
    loop {
        let message = timeout(WITHIN, source.next()).await?.ok_or("the hub hung up")??;
        let Message::Binary(bytes) = message else { continue };
        match assembler.push(&bytes).map_err(|e| e.to_string())? {
            Some(Frame::Update(update)) if !update.more => break,
            Some(Frame::Fault { code, message }) => return Err(format!("{}: {message}", code.name()).into()),
            _ => {}
        }
    }
    let record = record.clone();
    tokio::spawn(async move {
        while let Some(Ok(message)) = source.next().await {
            let Message::Binary(bytes) = message else { continue };
            let Ok(Some(frame)) = assembler.push(&bytes) else { continue };
            let mut record = lock(&record);
            let now = micros(record.start);
            let since = |record: &Record, uuid| {
                let sent = number_of(uuid).and_then(|number| record.sent_us.get(number as usize));
                sent.map(|sent| now.saturating_sub(*sent))
            };
            match frame {
                Frame::Ack(ack) => {
                    let took = since(&record, ack.uuid);
                    record.acks.extend(took);
                }
                Frame::Update(update) => {
                    for uuid in update.uuids {
                        let took = since(&record, uuid);
                        record.seen.extend(took);
                    }
                }
                _ => {}
            }
        }
    });
    Ok(Client { sink, last_n: 0 })
}

fn micros(start: Instant) -> u32 {
    u32::try_from(start.elapsed().as_micros()).unwrap_or(u32::MAX)
}

fn lock(record: &Shared) -> std::sync::MutexGuard<'_, Record> {
    record.lock().unwrap_or_else(PoisonError::into_inner)
}
