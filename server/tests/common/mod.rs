//! A real hub on a port of its own, and a peer that speaks the protocol over a WebSocket.
#![allow(dead_code)] // Each test binary uses its part of it.

use futures_util::{SinkExt, StreamExt};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout_at;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};
use wedsync_domain::ids::Uuid;
use wedsync_domain::{DocId, DocView, Id, Role, document};
use wedsync_hub::auth::Auth;
pub use wedsync_hub::hub::fresh_id as fresh;
use wedsync_hub::hub::{DATABASE, Hub, now_ms, random, yjs_client};
use wedsync_hub::limits::Limits;
use wedsync_hub::membership::Member;
use wedsync_hub::room::Room;
use wedsync_hub::store::{self, SqliteStore};
use wedsync_protocol::{Assembler, Body, FaultCode, Frame, Head, Hello, Mutate, Update, VERSION, encode};

pub mod process;

pub const SECRET: &str = "a secret of at least thirty-two bytes";
const WITHIN: Duration = Duration::from_secs(20);
/// Shorter than the hub's own, so that a test need not wait for it.
pub const HEAD_WITHIN: Duration = Duration::from_secs(2);

pub fn id(s: &str) -> Id {
    s.parse().unwrap()
}

/// An organisation with an owner, two helpers and a viewer.
pub fn create_org(data: &Path, org: &str) {
    let database = data.join(DATABASE);
    store::prepare(&database).unwrap();
    let mut room = Room::open(SqliteStore::open(&database, &id(org)).unwrap(), yjs_client()).unwrap();
    room.edit(now_ms(), |team| {
        team.create_org("Party");
        for (user, role, helper) in [
            ("olga", Role::Owner, None),
            ("anna", Role::Helper, Some("anna")),
            ("ben", Role::Helper, Some("ben")),
            ("vera", Role::Viewer, None),
        ] {
            team.put_member(Member { user: id(user), name: user.into(), role, helper: helper.map(id) });
        }
        Ok(())
    })
    .unwrap();
    room.commit().unwrap();
}

/// More helpers of an organisation.
pub fn add_members(data: &Path, org: &str, users: &[String]) {
    let store = SqliteStore::open(&data.join(DATABASE), &id(org)).unwrap();
    let mut room = Room::open(store, yjs_client()).unwrap();
    room.edit(now_ms(), |team| {
        for user in users {
            team.put_member(Member { user: id(user), name: user.clone(), role: Role::Helper, helper: None });
        }
        Ok(())
    })
    .unwrap();
    room.commit().unwrap();
}

pub struct Server {
    pub data: tempfile::TempDir,
    pub address: String,
    pub hub: Arc<Hub>,
}

impl Server {
    pub async fn start() -> Server {
        Server::with(|_| Auth::new(Some(SECRET.into()), None, None).unwrap()).await
    }

    /// A hub that lets a device make so many edits a second, and so many at once.
    pub async fn limited(rate: f64, burst: f64) -> Server {
        let auth = Auth::new(Some(SECRET.into()), None, None).unwrap();
        Server::of(|_| auth, |hub| hub.limits = Limits::new(rate, burst)).await
    }

    pub async fn with(auth: impl FnOnce(&Path) -> Auth) -> Server {
        Server::of(auth, |_| {}).await
    }

    pub async fn of(auth: impl FnOnce(&Path) -> Auth, change: impl FnOnce(&mut Hub)) -> Server {
        let data = tempfile::tempdir().unwrap();
        create_org(data.path(), "party");
        create_org(data.path(), "other");
        let auth = auth(data.path());
        let mut hub = Hub::open(data.path(), auth, vec!["https://app.example".into()]).unwrap();
        change(&mut hub);
        let hub = Arc::new(hub);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let app = wedsync_hub::http::router(hub.clone(), None);
        let serving = wedsync_hub::serve::serve(listener, app, HEAD_WITHIN, std::future::pending());
        tokio::spawn(serving);
        Server { data, address, hub }
    }

    pub async fn peer(&self, user: &str) -> Peer {
        Peer::greet(&self.address, &token(user), fresh()).await
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// A call with a token; the status and the answer.
    pub async fn call(&self, method: &str, path: &str, token: &str, body: Option<Value>) -> (u16, Value) {
        let mut request =
            reqwest::Client::new().request(method.parse().unwrap(), self.url(path)).bearer_auth(token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap_or(Value::Null))
    }
}

pub fn token(user: &str) -> String {
    signed(json!({ "sub": user, "org": "party", "exp": now_ms() / 1000 + 600 }))
}

pub fn signed(claims: Value) -> String {
    let key = EncodingKey::from_secret(SECRET.as_bytes());
    jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &key).unwrap()
}

/// A device's key pair: the part to register, and the part to sign with.
pub fn key_pair(seed: u8) -> (Value, EncodingKey) {
    use base64::Engine;
    use p256::elliptic_curve::sec1::ToEncodedPoint;
    use p256::pkcs8::EncodePrivateKey;
    let secret = p256::SecretKey::from_slice(&[seed; 32]).unwrap();
    let point = secret.public_key().to_encoded_point(false);
    let text = |b: &[u8]| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(b);
    let jwk =
        json!({ "kty": "EC", "crv": "P-256", "x": text(point.x().unwrap()), "y": text(point.y().unwrap()) });
    (jwk, EncodingKey::from_ec_der(secret.to_pkcs8_der().unwrap().as_bytes()))
}

pub fn assertion(key: &EncodingKey, device: &str, user: &str, change: impl FnOnce(&mut Value)) -> String {
    let now = now_ms() / 1000;
    let mut claims = json!({ "iss": device, "sub": user, "org": "party", "aud": "wedsync-hub", "iat": now, "exp": now + 300 });
    change(&mut claims);
    let header = Header { kid: Some(device.into()), ..Header::new(Algorithm::ES256) };
    jsonwebtoken::encode(&header, &claims, key).unwrap()
}

pub fn hello(token: &str, client: Id) -> Frame {
    Frame::Hello(Hello { version: VERSION, token: token.into(), client, core: "test".into() })
}

pub fn uuid() -> Uuid {
    Uuid::v7(now_ms(), random())
}

pub fn mutate(n: u64, command: &Value) -> Mutate {
    Mutate { n, uuid: uuid(), at_ms: now_ms(), command: serde_json::to_vec(command).unwrap() }
}

pub fn event() -> Value {
    json!({ "type": "create_event", "event": "e", "fields": { "title": "E", "first_day": "2026-07-15",
        "last_day": "2026-07-16", "zone": "Europe/London" } })
}

pub fn shift(assignment: &str) -> Value {
    json!({ "type": "create_assignment", "event": "e", "assignment": assignment, "fields": { "title": "Bar",
        "start": "2026-07-15T10:00", "end": "2026-07-15T12:00", "helpers_max": 1 } })
}

pub fn helper(name: &str) -> Value {
    json!({ "type": "add_helper", "helper": name, "fields": { "name": name }, "contact": { "phone": "1" } })
}

pub fn retitle(assignment: &str, title: &str) -> Value {
    json!({ "type": "update_assignment", "event": "e", "assignment": assignment, "set": { "title": title } })
}

pub type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

pub async fn connect(address: &str) -> Socket {
    tokio_tungstenite::connect_async(format!("ws://{address}/v1/socket")).await.unwrap().0
}

/// A device: its socket, its number, and its replica.
pub struct Peer {
    pub socket: Socket,
    pub client: Id,
    pub last_n: u64,
    /// The hub's generation, and whether what an earlier one stored is sent again.
    pub generation: (u64, bool),
    assembler: Assembler,
    pub docs: BTreeMap<DocId, (u64, yrs::Doc)>,
    pub held: Vec<Uuid>,
}

impl Peer {
    /// Connected, and has said nothing.
    pub async fn silent(address: &str) -> Peer {
        Peer {
            socket: connect(address).await,
            client: fresh(),
            last_n: 0,
            generation: (0, false),
            assembler: Assembler::default(),
            docs: BTreeMap::new(),
            held: Vec::new(),
        }
    }

    /// Says Hello and takes the welcome.
    pub async fn greet(address: &str, token: &str, client: Id) -> Peer {
        let mut peer = Peer { client: client.clone(), ..Peer::silent(address).await };
        peer.send(&hello(token, client)).await;
        match peer.next().await {
            Frame::Welcome(welcome) => {
                peer.last_n = welcome.last_n;
                peer.generation = (welcome.generation, welcome.send_again);
            }
            other => panic!("no welcome: {other:?}"),
        }
        assert!(matches!(peer.next().await, Frame::Permissions(_)));
        peer
    }

    pub async fn send(&mut self, frame: &Frame) {
        self.socket_send(frame).await.unwrap();
    }

    /// An error where the hub is gone.
    pub async fn socket_send(&mut self, frame: &Frame) -> Result<(), tokio_tungstenite::tungstenite::Error> {
        for message in encode(frame) {
            self.socket.send(Message::Binary(message.into())).await?;
        }
        Ok(())
    }

    pub async fn next(&mut self) -> Frame {
        self.try_next().await.expect("the hub closed")
    }

    /// The next frame, or the close code. Panics after a while.
    pub async fn try_next(&mut self) -> Result<Frame, u16> {
        let deadline = tokio::time::Instant::now() + WITHIN;
        loop {
            let message = timeout_at(deadline, self.socket.next()).await.expect("nothing came");
            match message {
                Some(Ok(Message::Binary(bytes))) => {
                    if let Some(frame) = self.assembler.push(&bytes).unwrap() {
                        self.apply(&frame);
                        return Ok(frame);
                    }
                }
                Some(Ok(Message::Close(frame))) => return Err(frame.map_or(0, |f| f.code.into())),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(1006),
            }
        }
    }

    /// Frames until one fits.
    pub async fn until(&mut self, fits: impl Fn(&Frame) -> bool) -> Frame {
        loop {
            let frame = self.next().await;
            if fits(&frame) {
                return frame;
            }
        }
    }

    /// The fault and the close code that the hub ends with.
    pub async fn end(&mut self) -> (FaultCode, u16) {
        let mut fault = None;
        loop {
            match self.try_next().await {
                Ok(Frame::Fault { code, .. }) => fault = Some(code),
                Ok(_) => {}
                Err(code) => return (fault.expect("a fault before the close"), code),
            }
        }
    }

    pub async fn subscribe(&mut self) {
        let heads = self.docs.iter().map(|(doc, (seq, _))| Head { doc: doc.clone(), epoch: 1, seq: *seq });
        let heads = heads.collect();
        self.send(&Frame::Subscribe { heads }).await;
        self.until(|f| matches!(f, Frame::Update(u) if !u.more)).await;
    }

    /// Sends a command and takes its answer.
    pub async fn act(&mut self, command: &Value) -> Frame {
        let m = mutate(self.last_n + 1, command);
        self.last_n += 1;
        self.send(&Frame::Mutate(m.clone())).await;
        self.until(|f| match f {
            Frame::Ack(ack) => ack.uuid == m.uuid,
            Frame::Nack(nack) => nack.uuid == m.uuid,
            _ => false,
        })
        .await
    }

    pub async fn stored(&mut self, command: &Value) {
        let answer = self.act(command).await;
        assert!(matches!(answer, Frame::Ack(_)), "{answer:?}");
    }

    fn apply(&mut self, frame: &Frame) {
        let Frame::Update(Update { docs, uuids, .. }) = frame else { return };
        self.held.extend(uuids);
        for doc in docs {
            match &doc.body {
                Body::Gone => drop(self.docs.remove(&doc.doc)),
                Body::Snapshot { bytes } => {
                    let fresh = document::new_doc(1);
                    document::apply_update(&fresh, bytes).unwrap();
                    self.docs.insert(doc.doc.clone(), (doc.seq, fresh));
                }
                Body::Delta { base, bytes } => {
                    let entry = self.docs.entry(doc.doc.clone()).or_insert_with(|| (0, document::new_doc(1)));
                    assert_eq!(entry.0, *base, "{}: an update is missing in between", doc.doc);
                    document::apply_update(&entry.1, bytes).unwrap();
                    entry.0 = doc.seq;
                }
            }
        }
    }

    pub fn view(&self, doc: &str) -> DocView {
        let doc: DocId = doc.parse().unwrap();
        self.docs.get(&doc).map(|(_, yjs)| document::read(yjs, &doc)).unwrap_or_default()
    }
}
