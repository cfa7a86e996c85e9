#![allow(clippy::unwrap_used)]
//! Stock Yjs clients of notes, over real sockets, message by message.

mod common;

use common::*;
use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use std::time::Duration;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use wedsync_domain::presence::{NoteCursor, PresenceState};
use wedsync_domain::{document, note};
use wedsync_hub::auth::Auth;
use wedsync_hub::hub::now_ms;
use wedsync_hub::yjs::protocol::{self, MESSAGE_MAX};
use wedsync_protocol::{Frame, Peers};
use yrs::{Doc, GetString, Options, ReadTxn, Text, Transact, XmlFragment};

const WITHIN: Duration = Duration::from_secs(20);

/// What the hub said.
#[derive(Debug, PartialEq)]
enum Heard {
    Message(Vec<u8>),
    Closed(u16),
}

/// A stock client: a document, and a socket.
struct Stock {
    socket: Socket,
    doc: Doc,
    denied: Option<String>,
}

fn editor(client: u64) -> Doc {
    let mut options = Options::with_guid_and_client_id("".into(), yrs::ClientID::new(client));
    options.offset_kind = yrs::OffsetKind::Utf16;
    options.skip_gc = true;
    Doc::with_options(options)
}

async fn connect_to(server: &Server, note: &str, token: &str) -> Result<Socket, u16> {
    let url = format!("ws://{}/yjs/{note}?token={token}", server.address);
    match tokio_tungstenite::connect_async(url).await {
        Ok((socket, _)) => Ok(socket),
        Err(tokio_tungstenite::tungstenite::Error::Http(response)) => Err(response.status().as_u16()),
        Err(e) => panic!("{e}"),
    }
}

impl Stock {
    async fn over(server: &Server, note: &str, token: &str, client: u64) -> Stock {
        let socket = connect_to(server, note, token).await.unwrap();
        Stock { socket, doc: editor(client), denied: None }
    }

    /// Joined, and in step with the hub.
    async fn join(server: &Server, user: &str, client: u64) -> Stock {
        let mut stock = Stock::over(server, "notes/e/a", &token(user), client).await;
        stock.sync().await;
        stock
    }

    /// Asks for what it lacks, and takes it.
    async fn sync(&mut self) {
        let state = self.doc.transact().state_vector();
        let state = state.iter().map(|(client, clock)| (client.get(), *clock)).collect();
        self.send(&protocol::step_1(&state)).await;
        self.until(|bytes| bytes.starts_with(&[0, 1])).await;
    }

    async fn send(&mut self, bytes: &[u8]) {
        self.socket.send(Message::Binary(bytes.to_vec().into())).await.unwrap();
    }

    async fn next(&mut self) -> Heard {
        loop {
            match timeout(WITHIN, self.socket.next()).await.expect("nothing came") {
                Some(Ok(Message::Binary(bytes))) => {
                    self.take(&bytes);
                    return Heard::Message(bytes.to_vec());
                }
                Some(Ok(Message::Close(frame))) => return Heard::Closed(frame.map_or(0, |f| f.code.into())),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Heard::Closed(1006),
            }
        }
    }

    fn take(&mut self, bytes: &[u8]) {
        if bytes.starts_with(&[2, 0]) {
            self.denied = Some(
                String::from_utf8(bytes[2..].iter().skip_while(|b| **b >= 0x80).skip(1).copied().collect())
                    .unwrap(),
            );
        }
        if matches!(bytes, [0, 1 | 2, ..])
            && let protocol::Message::Update(update) = protocol::decode(bytes).unwrap()
        {
            document::apply_update(&self.doc, &update).unwrap();
        }
    }

    /// Messages until one fits; what the hub sends into a long silence fits nothing.
    async fn until(&mut self, fits: impl Fn(&[u8]) -> bool) -> Vec<u8> {
        loop {
            match self.next().await {
                Heard::Message(bytes) if fits(&bytes) => return bytes,
                Heard::Message(bytes) => assert_ne!(bytes, [1, 1, 0], "nothing came"),
                Heard::Closed(code) => panic!("closed with {code}: {:?}", self.denied),
            }
        }
    }

    async fn until_reads(&mut self, text: &str) {
        while self.text() != text {
            self.until(|bytes| bytes.starts_with(&[0, 2]) || bytes.starts_with(&[0, 1])).await;
        }
    }

    /// The close code and what was said before it.
    async fn end(&mut self) -> (u16, String) {
        loop {
            if let Heard::Closed(code) = self.next().await {
                return (code, self.denied.clone().unwrap_or_default());
            }
        }
    }

    fn text(&self) -> String {
        let text = self.doc.get_or_insert_text(note::ROOT);
        text.get_string(&self.doc.transact())
    }

    fn typed(&self, at: u32, words: &str) -> Vec<u8> {
        let text = self.doc.get_or_insert_text(note::ROOT);
        let mut txn = self.doc.transact_mut();
        text.insert(&mut txn, at, words);
        txn.encode_update_v1()
    }

    async fn write(&mut self, at: u32, words: &str) {
        let update = self.typed(at, words);
        self.send(&protocol::update(&update)).await;
    }

    fn whole(&self) -> Vec<u8> {
        document::snapshot(&self.doc)
    }
}

/// A hub with an event and a shift, and a device of its owner.
async fn start() -> (Server, Peer) {
    let auth = Auth::new(Some(SECRET.into()), None, None).unwrap();
    // Shorter than the hub's own, so that a test need not wait for it.
    let server = Server::of(|_| auth, |hub| hub.refusals.hold = Duration::from_secs(1)).await;
    let mut olga = server.peer("olga").await;
    olga.stored(&event()).await;
    olga.stored(&shift("a")).await;
    (server, olga)
}

#[tokio::test]
async fn what_stock_clients_write_all_others_get() {
    let (server, mut olga) = start().await;
    olga.subscribe().await;
    let mut anna = Stock::join(&server, "anna", 100).await;
    let mut ben = Stock::join(&server, "ben", 200).await;
    anna.write(0, "Bring the ladder 🪜").await;
    ben.until_reads("Bring the ladder 🪜").await;
    ben.write(0, "שלום ").await;
    anna.until_reads("שלום Bring the ladder 🪜").await;
    // And the owner's own device does.
    let there = |doc: &Doc| doc.get_or_insert_text(note::ROOT).get_string(&doc.transact());
    let name = "notes/e/a".parse().unwrap();
    while olga.docs.get(&name).is_none_or(|(_, doc)| there(doc) != "שלום Bring the ladder 🪜") {
        olga.next().await;
    }
    // What her device writes, they get.
    let own = editor(300);
    document::apply_update(&own, &document::snapshot(&olga.docs[&name].1)).unwrap();
    let update = {
        let text = own.get_or_insert_text(note::ROOT);
        let mut txn = own.transact_mut();
        text.insert(&mut txn, 0, "> ");
        txn.encode_update_v1()
    };
    let update = note::encode(&update);
    olga.stored(&json!({ "type": "edit_note", "event": "e", "assignment": "a", "update": update })).await;
    anna.until_reads("> שלום Bring the ladder 🪜").await;
}

#[tokio::test]
async fn what_is_sent_back_of_others_is_no_edit() {
    let (server, _olga) = start().await;
    let mut anna = Stock::join(&server, "anna", 100).await;
    anna.write(0, "Bring gloves").await;
    let mut ben = Stock::join(&server, "ben", 200).await;
    ben.until_reads("Bring gloves").await;
    let mut vera = Stock::join(&server, "vera", 300).await;
    vera.until_reads("Bring gloves").await;
    for stock in [&mut ben, &mut vera] {
        let whole = stock.whole();
        stock.send(&protocol::step_2(&whole)).await;
        stock.send(&protocol::update(&whole)).await;
        stock.send(&protocol::update(&note::NOTHING)).await;
        stock.sync().await;
        // Anna's lineage is still hers.
        anna.write(0, "!").await;
    }
    vera.until_reads("!!Bring gloves").await;
    // What is new beside it counts.
    let whole = {
        ben.until_reads("!!Bring gloves").await;
        ben.typed(0, "Ben: ");
        ben.whole()
    };
    ben.send(&protocol::step_2(&whole)).await;
    anna.until_reads("Ben: !!Bring gloves").await;
}

#[tokio::test]
async fn a_viewer_reads_and_what_they_write_is_refused() {
    let (server, _olga) = start().await;
    let mut anna = Stock::join(&server, "anna", 100).await;
    anna.write(0, "Bring gloves").await;
    let mut vera = Stock::join(&server, "vera", 300).await;
    vera.until_reads("Bring gloves").await;
    let update = vera.typed(0, "Viewers ");
    vera.send(&protocol::update(&update)).await;
    let (code, why) = vera.end().await;
    assert_eq!(code, 4403);
    assert!(why.contains("role"), "{why}");
    anna.write(0, "- ").await;
    let mut again = Stock::join(&server, "vera", 301).await;
    again.until_reads("- Bring gloves").await;
    // Nor may they delete.
    let deletion = {
        let text = again.doc.get_or_insert_text(note::ROOT);
        let mut txn = again.doc.transact_mut();
        text.remove_range(&mut txn, 0, 2);
        txn.encode_update_v1()
    };
    again.send(&protocol::update(&deletion)).await;
    assert_eq!(again.end().await.0, 4403);
    let mut ben = Stock::join(&server, "ben", 200).await;
    ben.until_reads("- Bring gloves").await;
}

#[tokio::test]
async fn a_whole_note_comes_in_one_message() {
    let (server, _olga) = start().await;
    let long = "Über 🍺 שלום ".repeat(7_700);
    assert!(long.encode_utf16().count() >= 100_000 && long.len() > 130_000);
    let mut anna = Stock::join(&server, "anna", 100).await;
    anna.write(0, &long).await;
    let mut ben = Stock::join(&server, "ben", 200).await;
    ben.until_reads(&long).await;
    // More than a command holds.
    let more = "💐".repeat(100_000);
    ben.write(0, &more).await;
    anna.until_reads(&format!("{more}{long}")).await;
    // More than a note holds.
    let update = anna.typed(0, &"x".repeat(600_000));
    anna.send(&protocol::update(&update)).await;
    let (code, why) = anna.end().await;
    assert_eq!(code, 4403);
    assert!(why.contains("1 MiB"), "{why}");
    // More than a message holds.
    ben.socket.send(Message::Binary(vec![0; MESSAGE_MAX + 1].into())).await.unwrap();
    assert_eq!(ben.end().await.0, 4413);
    let mut cara = Stock::join(&server, "ben", 201).await;
    cara.socket.send(Message::Binary(vec![0; 2 * MESSAGE_MAX].into())).await.unwrap();
    assert_eq!(cara.end().await.0, 4413);
}

#[tokio::test]
async fn who_may_not_come_in_is_told_so() {
    let (server, mut olga) = start().await;
    let old = signed(json!({ "sub": "anna", "org": "party", "exp": now_ms() / 1000 - 100 }));
    let stranger = signed(json!({ "sub": "mallory", "org": "party", "exp": now_ms() / 1000 + 600 }));
    for (note, token, code) in [
        ("notes/e/a", old.as_str(), 4401),
        ("notes/e/a", "nonsense", 4401),
        ("notes/e/a", "", 4401),
        ("notes/e/a", &stranger, 4403),
        ("notes/e/none", &token("anna"), 4404),
        ("notes/none/a", &token("anna"), 4404),
        ("event/e", &token("anna"), 4404),
        ("person/anna", &token("olga"), 4404),
        ("a/b/c/d/e", &token("anna"), 4404),
    ] {
        let mut stock = Stock::over(&server, note, token, 100).await;
        let (ended, why) = stock.end().await;
        assert_eq!(ended, code, "{note} {token}: {why}");
        assert!(!why.is_empty());
    }
    // Who comes back is kept waiting, and not looked at again.
    let mut back = Stock::over(&server, "notes/e/a", &old, 100).await;
    assert!(matches!(back.next().await, Heard::Message(denied) if denied.starts_with(&[2, 0])));
    assert!(timeout(Duration::from_millis(500), back.next()).await.is_err(), "it is kept waiting");
    assert_eq!(back.end().await.0, 4401);

    // A session ends with its token, its person and its note.
    let soon = signed(json!({ "sub": "anna", "org": "party", "exp": now_ms() / 1000 + 2 }));
    let mut expiring = Stock::over(&server, "notes/e/a", &soon, 101).await;
    expiring.sync().await;
    assert_eq!(expiring.end().await, (4401, "The token has expired; get a new one.".into()));
    let mut ben = Stock::join(&server, "ben", 200).await;
    assert_eq!(server.call("DELETE", "/v1/members/ben", &token("olga"), None).await.0, 200);
    assert_eq!(ben.end().await.0, 4403);
    let mut anna = Stock::join(&server, "anna", 102).await;
    olga.stored(&json!({ "type": "delete_event", "event": "e" })).await;
    assert_eq!(anna.end().await.0, 4404);
}

#[tokio::test]
async fn hostile_messages_end_their_sender_only() {
    let (server, _olga) = start().await;
    let mut anna = Stock::join(&server, "anna", 100).await;
    anna.write(0, "Bring gloves").await;
    let update = anna.typed(0, "");
    assert_eq!(update, note::NOTHING);
    let garbage = [1, 1, 201, 1, 0, 0, 5, 0];
    let sub_document = [b"\x01\x01\xc9\x01\x00\x09\x01\x04note".as_slice(), b"\x01x\x76\x00\x00"].concat();
    let elsewhere = b"\x01\x01\xc9\x01\x00\x04\x01\x05other\x01a\x00";
    let under_anna = b"\x01\x01\x64\x0c\x84\x64\x0b\x01!\x00";
    let whole_lie = protocol::update(&[0xff; 64]);
    let big_state = format!(r#"{{"a":"{}"}}"#, "x".repeat(1_000_000));
    let messages: Vec<(&str, Vec<u8>, u16)> = vec![
        ("nothing", vec![], 4400),
        ("unknown", vec![9, 1, 0], 4400),
        ("auth", protocol::permission_denied("you").to_vec(), 4400),
        ("truncated", anna_step_2(&anna)[..20].to_vec(), 4400),
        ("not an update", whole_lie.to_vec(), 4403),
        ("garbage", protocol::update(&garbage).to_vec(), 4403),
        ("sub-document", protocol::update(&sub_document).to_vec(), 4403),
        ("another root", protocol::update(elsewhere).to_vec(), 4403),
        ("somebody else's editor", protocol::step_2(under_anna).to_vec(), 4403),
        ("awareness", protocol::awareness([(5, 1, Some(big_state.as_str()))].into_iter()).to_vec(), 4413),
        ("no object", protocol::awareness([(5, 1, Some("7"))].into_iter()).to_vec(), 4400),
    ];
    for (client, (what, message, code)) in (201..).zip(messages) {
        let mut ben = Stock::join(&server, "ben", client).await;
        ben.send(&message).await;
        let (ended, why) = ben.end().await;
        assert_eq!(ended, code, "{what}: {why}");
        assert!(why.len() > 10, "{what}: {why}");
    }
    let mut ben = Stock::join(&server, "ben", 299).await;
    ben.socket.send(Message::Text("[]".into())).await.unwrap();
    assert_eq!(ben.end().await.0, 4400);
    anna.write(12, ".").await;
    let mut cara = Stock::join(&server, "ben", 300).await;
    cara.until_reads("Bring gloves.").await;
}

fn anna_step_2(anna: &Stock) -> Vec<u8> {
    protocol::step_2(&anna.whole()).to_vec()
}

/// The states in an awareness message.
fn states(bytes: &[u8]) -> Vec<(u64, Option<String>)> {
    match protocol::decode(bytes) {
        Ok(protocol::Message::Awareness(states)) => states.into_iter().map(|s| (s.client, s.state)).collect(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn people_see_one_another_under_their_own_names_until_they_leave() {
    let (server, _olga) = start().await;
    let says = |client, clock, state| protocol::awareness([(client, clock, state)].into_iter());
    let mut anna = Stock::join(&server, "anna", 100).await;
    anna.send(&says(100, 1, Some(r#"{"user":{"name":"Olga"}}"#))).await;
    anna.sync().await;
    let mut ben = Stock::over(&server, "notes/e/a", &token("ben"), 200).await;
    let there = states(&ben.until(|bytes| bytes[0] == 1).await);
    assert_eq!(there, [(100, Some(r#"{"user":{"name":"anna"}}"#.into()))]);
    // Ben cannot speak for her, nor write under an id that is hers.
    ben.send(&says(100, 9, Some("{}"))).await;
    ben.send(&says(200, 1, Some("{}"))).await;
    let seen = states(&anna.until(|bytes| bytes[0] == 1).await);
    assert_eq!(seen, [(200, Some(r#"{"user":{"name":"ben"}}"#.into()))]);
    ben.doc = editor(100);
    ben.write(0, "I am Anna").await;
    assert_eq!(ben.end().await.0, 4403);
    assert_eq!(states(&anna.until(|bytes| bytes[0] == 1).await), [(200, None)]);
    anna.send(&[3]).await;
    let all = states(&anna.until(|bytes| bytes[0] == 1).await);
    assert_eq!(all, [(100, Some(r#"{"user":{"name":"anna"}}"#.into()))]);
    anna.write(0, "I am Anna").await;
    let mut vera = Stock::join(&server, "vera", 300).await;
    vera.until_reads("I am Anna").await;
}

/// What one of our own clients hears of somebody's cursors, until it fits.
async fn until_peer(peer: &mut Peer, fits: impl Fn(&Peers) -> bool) -> Peers {
    let heard = peer.until(|frame| matches!(frame, Frame::Peers(peers) if fits(peers))).await;
    let Frame::Peers(peers) = heard else { panic!("{heard:?}") };
    peers
}

#[tokio::test]
async fn stock_clients_and_our_own_see_one_anothers_cursors() {
    let (server, mut olga) = start().await;
    olga.subscribe().await;
    let show = |clock| {
        let cursor = NoteCursor { client: 300, clock, state: r#"{"cursor":4}"#.into() };
        let (event, assignment) = (id("e"), Some(id("a")));
        Frame::Presence {
            states: vec![PresenceState { event, assignment, field: None, cursor: Some(cursor) }],
        }
    };
    let olgas = |state: &str| (300, Some(state.to_owned()));
    let stamped = r#"{"cursor":4,"user":{"name":"olga"}}"#;
    // She is there before the stock client comes.
    olga.send(&show(0)).await;
    let mut anna = Stock::over(&server, "notes/e/a", &token("anna"), 100).await;
    let mut seen = states(&anna.until(|bytes| bytes[0] == 1).await);
    assert_eq!(seen, [olgas(stamped)]);
    // A renewal under the same clock counts as one for stock clients, which would take her for gone.
    olga.send(&show(0)).await;
    let protocol::Message::Awareness(renewed) =
        protocol::decode(&anna.until(|bytes| bytes[0] == 1).await).unwrap()
    else {
        panic!()
    };
    assert_eq!((renewed[0].client, renewed[0].clock), (300, 2));
    // Nobody writes under her editor's id.
    anna.send(&protocol::awareness([(300, 9, Some("{}")), (100, 1, Some(r#"{"cursor":1}"#))].into_iter()))
        .await;
    let peers = until_peer(&mut olga, |peers| peers.changed.iter().any(|peer| peer.name == "anna")).await;
    let peer = peers.changed.iter().find(|peer| peer.name == "anna").unwrap();
    let cursor = NoteCursor { client: 100, clock: 1, state: r#"{"cursor":1,"user":{"name":"anna"}}"#.into() };
    assert_eq!(peer.states[0].cursor, Some(cursor));
    assert_eq!((&peer.states[0].event, &peer.states[0].assignment), (&id("e"), &Some(id("a"))));
    // Each sees the other leave.
    olga.send(&Frame::Presence { states: Vec::new() }).await;
    seen = states(&anna.until(|bytes| bytes[0] == 1).await);
    assert_eq!(seen, [(300, None)]);
    let gone = peer.id;
    drop(anna);
    until_peer(&mut olga, |peers| peers.gone.contains(&gone)).await;
}

#[tokio::test]
async fn blocks_and_marks_are_judged_as_edit_note_does() {
    let (server, _olga) = start().await;
    let mut anna = Stock::join(&server, "anna", 100).await;
    let root = anna.doc.get_or_insert_xml_fragment(note::ROOT);
    let block = |name: &'static str| {
        let mut txn = anna.doc.transact_mut();
        root.push_back(&mut txn, yrs::XmlElementPrelim::empty(name));
        txn.encode_update_v1()
    };
    let (paragraph, script) = (block("paragraph"), block("script"));
    anna.send(&protocol::update(&paragraph)).await;
    anna.send(&protocol::update(&script)).await;
    let (code, why) = anna.end().await;
    assert_eq!(code, 4403);
    assert!(why.contains("script"), "{why}");
    let ben = Stock::join(&server, "ben", 200).await;
    let root = ben.doc.get_or_insert_xml_fragment(note::ROOT);
    assert_eq!(root.get_string(&ben.doc.transact()), "<paragraph></paragraph>");
}
