//! A thousand clients on one event, and some edits a second: how long until the author has the ack, and until everybody
//! else has the edit. The clients only speak the protocol: what they do themselves must not weigh on the figures.

use crate::process::{HubProcess, edit, number_of, token, user};
use crate::{Result, Row, percentile};
use futures_util::{SinkExt, StreamExt};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::time::{Instant, interval, sleep, timeout};
use tokio_tungstenite::tungstenite::Message;
use wedsync_hub::hub::fresh_id;
use wedsync_protocol::{Assembler, Frame, Hello, VERSION, encode};

const WITHIN: Duration = Duration::from_secs(30);
/// Connections that are opened at a time.
const OPENING: usize = 20;
/// The hub's pings are not answered: after a minute, joining and catching up included, it takes the clients for gone.
const SECONDS_MAX: u32 = 20;
/// Not measured: the hub's documents open, its caches fill.
const WARM_UP: Duration = Duration::from_secs(2);
/// How far behind the hub may be after the last edit.
const CATCH_UP: Duration = Duration::from_secs(20);

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
    sink: OwnedWriteHalf,
    last_n: u64,
}

pub async fn run(hub: &Path, clients: usize, edits_a_second: u32, seconds: u32) -> Result<Vec<Row>> {
    if seconds > SECONDS_MAX {
        return Err(format!("{SECONDS_MAX} seconds at most").into());
    }
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
            client.sink.write_all(&masked(&message)).await?;
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
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let (mut socket, _) =
        tokio_tungstenite::client_async(format!("ws://{address}/v1/socket"), stream).await?;
    let hello =
        Hello { version: VERSION, token: token(&user(number)?)?, client: fresh_id(), core: "bench".into() };
    for frame in [Frame::Hello(hello), Frame::Subscribe { heads: Vec::new() }] {
        for message in encode(&frame) {
            socket.send(Message::Binary(message.into())).await?;
        }
    }
    let mut assembler = Assembler::default();
    loop {
        let message = timeout(WITHIN, socket.next()).await?.ok_or("the hub hung up")??;
        let Message::Binary(bytes) = message else { continue };
        match assembler.push(&bytes).map_err(|e| e.to_string())? {
            Some(Frame::Update(update)) if !update.more => break,
            Some(Frame::Fault { code, message }) => return Err(format!("{}: {message}", code.name()).into()),
            _ => {}
        }
    }
    // Nobody edits yet, nobody says where they are, and the first ping is seconds away: the library holds nothing back. It would cost a thousand readers more than the hub costs.
    let (source, sink) = socket.into_inner().into_split();
    let record = record.clone();
    tokio::spawn(async move { listen(source, assembler, &record).await });
    Ok(Client { sink, last_n: 0 })
}

/// A binary message of a client (RFC 6455, 5.2), whole; a mask of zeros leaves it as it is.
fn masked(message: &[u8]) -> Vec<u8> {
    let mut frame = vec![0x82];
    match u16::try_from(message.len()) {
        Ok(length) if length < 126 => frame.push(0x80 | length as u8),
        Ok(length) => {
            frame.push(0x80 | 126);
            frame.extend(length.to_be_bytes());
        }
        Err(_) => {
            frame.push(0x80 | 127);
            frame.extend((message.len() as u64).to_be_bytes());
        }
    }
    frame.extend([0; 4]);
    frame.extend(message);
    frame
}

/// The first message in these bytes, and how many it takes; `None` until it is whole. The hub masks and splits nothing.
fn message_in(bytes: &[u8]) -> Option<(u8, &[u8], usize)> {
    let (&[first, short], rest) = bytes.split_first_chunk::<2>()?;
    let (length, header) = match short {
        126 => (usize::from(u16::from_be_bytes(*rest.first_chunk()?)), 4),
        127 => (u64::from_be_bytes(*rest.first_chunk()?) as usize, 10),
        short => (usize::from(short), 2),
    };
    Some((first & 15, bytes.get(header..header + length)?, header + length))
}

const BINARY: u8 = 2;

/// Notes when each edit is answered, and when it is seen.
async fn listen(mut source: OwnedReadHalf, mut assembler: Assembler, record: &Shared) {
    let mut buffer = Vec::with_capacity(4096);
    while source.read_buf(&mut buffer).await.is_ok_and(|read| read > 0) {
        let mut taken = 0;
        while let Some((kind, message, length)) = message_in(&buffer[taken..]) {
            if kind == BINARY
                && let Ok(Some(frame)) = assembler.push(message)
            {
                note(frame, &mut lock(record));
            }
            taken += length;
        }
        buffer.drain(..taken);
    }
}

fn note(frame: Frame, record: &mut Record) {
    let now = micros(record.start);
    let since = |record: &Record, uuid| {
        record.sent_us.get(number_of(uuid) as usize).map(|sent| now.saturating_sub(*sent))
    };
    match frame {
        Frame::Ack(ack) => {
            let took = since(record, ack.uuid);
            record.acks.extend(took);
        }
        Frame::Update(update) => {
            for uuid in update.uuids {
                let took = since(record, uuid);
                record.seen.extend(took);
            }
        }
        _ => {}
    }
}

fn micros(start: Instant) -> u32 {
    u32::try_from(start.elapsed().as_micros()).unwrap_or(u32::MAX)
}

fn lock(record: &Shared) -> std::sync::MutexGuard<'_, Record> {
    record.lock().unwrap_or_else(PoisonError::into_inner)
}
