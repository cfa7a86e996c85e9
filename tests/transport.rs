//! The transport against a network of the test's own: `fetch` and `WebSocket` are replaced in the page.

#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, reason = "tests")]

use base64::Engine;
use js_sys::{Array, Function, Reflect, Uint8Array};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use wedsync_core::ports::{Link, Transport, TransportEvent};
use wedsync_core::web::sse::{ParseError, Parser};
use wedsync_core::web::{WebTransport, time};
use wedsync_domain::{Actor, Id, Role};
use wedsync_protocol::{FaultCode, Frame, Hello, VERSION, Welcome, encode, pack, unpack};

wasm_bindgen_test_configure!(run_in_browser);

const FAKES: &str = "
    globalThis.calls = [];
    globalThis.sockets = [];
    globalThis.fetch = async (request) => {
        const body = new Uint8Array(await request.clone().arrayBuffer());
        return await new Promise((ok, no) => {
            const call = { path: new URL(request.url).pathname, method: request.method, body, aborted: false };
            request.signal.addEventListener('abort', () => {
                call.aborted = true;
                no(new DOMException('', 'AbortError'));
                call.error?.();
            });
            call.answer = (status, bytes) => ok(new Response(bytes.slice(), { status }));
            call.fail = () => no(new TypeError('Failed to fetch'));
            call.stream = () => ok(new Response(new ReadableStream({
                start(stream) {
                    call.push = (bytes) => stream.enqueue(bytes.slice());
                    call.end = () => stream.close();
                    call.error = () => stream.error(new TypeError('network error'));
                },
            })));
            calls.push(call);
        });
    };
    globalThis.WebSocket = class {
        readyState = 0; sent = []; ended = false;
        constructor(url) { this.url = url; sockets.push(this); }
        send(bytes) { if (this.readyState === 0) throw new Error('too early'); this.sent.push(bytes.slice()); }
        close() { this.readyState = 2; this.ended = true; }
        open() { this.readyState = 1; this.onopen?.(new Event('open')); }
        message(bytes) { this.onmessage?.(new MessageEvent('message', { data: bytes.slice().buffer })); }
        drop() { this.readyState = 3; this.onclose?.(new CloseEvent('close')); }
    };
    globalThis.WebSocket.CONNECTING = 0;
    globalThis.realTimeout ??= globalThis.setTimeout;
    globalThis.setTimeout = globalThis.realTimeout;";

/// A transport whose network is the test.
struct Client {
    transport: Rc<WebTransport>,
    heard: Rc<RefCell<Vec<TransportEvent>>>,
}

impl Client {
    fn open(link: Link) -> Client {
        run(FAKES);
        let client = Client {
            transport: Rc::new(WebTransport::new("https://hub.example.org/")),
            heard: Rc::default(),
        };
        client.reopen(link);
        client
    }

    fn reopen(&self, link: Link) {
        let ear = self.heard.clone();
        self.transport.open(link, Box::new(move |event| ear.borrow_mut().push(event)));
    }

    async fn opened(link: Link) -> Client {
        let client = Client::open(link);
        assert_eq!(client.next().await, TransportEvent::Opened);
        client
    }

    async fn next(&self) -> TransportEvent {
        for _ in 0..200 {
            if !self.heard.borrow().is_empty() {
                return self.heard.borrow_mut().remove(0);
            }
            time::sleep(10).await;
        }
        panic!("nothing was heard for 2 s");
    }

    async fn hears(&self, messages: &[&[u8]]) {
        for message in messages {
            assert_eq!(self.next().await, TransportEvent::Received(message.to_vec()));
        }
        self.hears_no_more().await;
    }

    async fn hears_no_more(&self) {
        time::sleep(50).await;
        assert_eq!(*self.heard.borrow(), []);
    }

    fn send(&self, messages: &[&[u8]]) {
        self.transport.send(messages.iter().map(|message| message.to_vec()).collect());
    }
}

/// A request that the test answers.
struct Call(JsValue);

impl Call {
    async fn next() -> Call {
        for _ in 0..200 {
            let call = run("return calls.shift();");
            if !call.is_undefined() {
                return Call(call);
            }
            time::sleep(10).await;
        }
        panic!("nothing was asked for 2 s");
    }

    fn is(&self, path: &str, messages: &[&[u8]]) {
        assert_eq!(self.field("method"), "POST");
        assert_eq!(self.field("path"), path);
        assert!(
            self.messages() == messages,
            "{} messages instead of {}",
            self.messages().len(),
            messages.len()
        );
    }

    fn messages(&self) -> Vec<Vec<u8>> {
        let body = Uint8Array::new(&self.field("body")).to_vec();
        unpack(&body).unwrap().into_iter().map(<[u8]>::to_vec).collect()
    }

    fn answer(&self, status: u16, body: &[u8]) {
        self.call("answer", &[status.into(), Uint8Array::from(body).into()]);
    }

    fn push(&self, bytes: &[u8]) {
        self.call("push", &[Uint8Array::from(bytes).into()]);
    }

    fn field(&self, name: &str) -> JsValue {
        Reflect::get(&self.0, &name.into()).unwrap()
    }

    fn call(&self, method: &str, given: &[JsValue]) {
        let given: Array = given.iter().collect();
        self.field(method).unchecked_into::<Function>().apply(&self.0, &given).unwrap();
    }
}

fn run(script: &str) -> JsValue {
    Function::new_no_args(script).call0(&JsValue::NULL).unwrap()
}

fn event_of(message: &[u8]) -> Vec<u8> {
    format!("data: {}\n\n", base64::prelude::BASE64_STANDARD.encode(message)).into_bytes()
}

fn message(frame: Frame) -> Vec<u8> {
    encode(&frame).remove(0)
}

fn hello() -> Vec<u8> {
    let (token, client, core) = ("token".into(), id("client01"), "1".into());
    message(Frame::Hello(Hello { version: VERSION, token, client, core }))
}

fn id(text: &str) -> Id {
    text.parse().unwrap()
}

fn subscribe() -> Vec<u8> {
    message(Frame::Subscribe { heads: vec![] })
}

fn welcome() -> Vec<u8> {
    message(Frame::Welcome(Welcome {
        version: VERSION,
        org: id("org00001"),
        last_n: 7,
        now_ms: 5,
        generation: 0,
        send_again: false,
    }))
}

fn permissions(role: Role) -> Vec<u8> {
    message(Frame::Permissions(Actor { user: id("user0001"), role, helper: None }))
}

fn fault(code: FaultCode) -> Vec<u8> {
    message(Frame::Fault { code, message: "because".into() })
}

/// Stands for any other frame: the transport does not look inside.
fn row(token: u64) -> Vec<u8> {
    message(Frame::Busy { retry_after_ms: token as u32 })
}

#[wasm_bindgen_test]
async fn over_http_a_stream_brings_and_requests_carry() {
    let client = Client::opened(Link::Http).await;
    client.send(&[&hello()]);
    client.send(&[&subscribe()]);
    let stream = Call::next().await;
    stream.is("/v1/stream", &[&hello(), &subscribe()]);
    stream.call("stream", &[]);

    // Cut in the middle of an event.
    let mut bytes = b": hello\n\n".to_vec();
    for message in [welcome(), permissions(Role::Helper), row(1)] {
        bytes.extend(event_of(&message));
    }
    let (first, second) = bytes.split_at(bytes.len() / 2);
    stream.push(first);
    time::sleep(20).await;
    stream.push(second);
    client.hears(&[&welcome(), &permissions(Role::Helper), &row(1)]).await;

    client.send(&[&row(2), &row(3)]);
    let request = Call::next().await;
    request.is("/v1/sync", &[&hello(), &row(2), &row(3)]);
    // One request at a time; what comes meanwhile goes together into the next.
    client.send(&[&row(4)]);
    client.send(&[&row(5)]);
    client.hears_no_more().await;
    assert_eq!(run("return calls.length;"), 0);
    // The greeting is known; a role that is older than the stream's would be a step back.
    let answer = [welcome(), permissions(Role::Viewer), row(22)];
    request.answer(200, &pack(answer.iter().map(Vec::as_slice)));
    client.hears(&[&row(22)]).await;
    Call::next().await.is("/v1/sync", &[&hello(), &row(4), &row(5)]);

    stream.push(&event_of(&permissions(Role::Helper)));
    stream.push(&event_of(&permissions(Role::Viewer)));
    client.hears(&[&permissions(Role::Viewer)]).await;
    stream.call("end", &[]);
    assert_eq!(client.next().await, TransportEvent::Closed { reached: true });
    client.hears_no_more().await;
}

#[wasm_bindgen_test]
async fn polling_subscribes_in_the_request_itself() {
    let client = Client::opened(Link::Poll).await;
    client.send(&[&hello()]);
    client.send(&[&subscribe()]);
    let request = Call::next().await;
    request.is("/v1/sync", &[&hello(), &subscribe()]);
    let answer = [welcome(), permissions(Role::Helper), row(1)];
    request.answer(200, &pack(answer.iter().map(Vec::as_slice)));
    client.hears(&[&welcome(), &permissions(Role::Helper), &row(1)]).await;
    client.send(&[&row(2)]);
    let request = Call::next().await;
    request.is("/v1/sync", &[&hello(), &row(2)]);
    request.answer(200, &pack(answer.iter().map(Vec::as_slice)));
    client.hears(&[&row(1)]).await;
}

#[wasm_bindgen_test]
async fn an_error_status_is_never_success() {
    let reasons: [(u16, Vec<u8>, Vec<Vec<u8>>); 6] = [
        (401, pack([fault(FaultCode::Unauthorized).as_slice()]), vec![fault(FaultCode::Unauthorized)]),
        (403, pack([fault(FaultCode::Revoked).as_slice()]), vec![fault(FaultCode::Revoked)]),
        // What was answered before the fault counts.
        (
            503,
            pack([row(1).as_slice(), fault(FaultCode::TryLater).as_slice()]),
            vec![row(1), fault(FaultCode::TryLater)],
        ),
        (502, b"<html>Bad gateway</html>".to_vec(), vec![]),
        (500, vec![], vec![]),
        // A captive portal says 200 to everything.
        (200, b"<html>Please pay for the WLAN</html>".to_vec(), vec![]),
    ];
    for (status, body, expected) in reasons {
        for path in ["/v1/sync", "/v1/stream"] {
            if status == 200 && path == "/v1/stream" {
                continue;
            }
            let client = Client::opened(if path == "/v1/sync" { Link::Poll } else { Link::Http }).await;
            client.send(&[&hello()]);
            client.send(&[&subscribe()]);
            let request = Call::next().await;
            request.is(path, &[&hello(), &subscribe()]);
            request.answer(status, &body);
            for message in &expected {
                assert_eq!(client.next().await, TransportEvent::Received(message.clone()), "{status}");
            }
            assert_eq!(client.next().await, TransportEvent::Closed { reached: true }, "{status}");
            client.hears_no_more().await;
        }
    }
}

#[wasm_bindgen_test]
async fn a_dead_network_was_never_reached() {
    for link in [Link::Http, Link::Poll] {
        let client = Client::opened(link).await;
        client.send(&[&hello(), &subscribe(), &row(1)]);
        Call::next().await.call("fail", &[]);
        assert_eq!(client.next().await, TransportEvent::Closed { reached: false });
        // It stays closed.
        client.send(&[&row(2)]);
        client.hears_no_more().await;
    }
}

#[wasm_bindgen_test]
async fn silence_is_noticed() {
    let hasten = "const real = globalThis.setTimeout;
        globalThis.setTimeout = (f, ms) => real(f, ms >= 5000 ? ms / 100 : ms);";
    let client = Client::opened(Link::Poll).await;
    run(hasten);
    client.send(&[&hello(), &subscribe()]);
    let request = Call::next().await;
    assert_eq!(client.next().await, TransportEvent::Closed { reached: false });
    assert!(request.field("aborted").is_truthy());

    let client = Client::opened(Link::Http).await;
    run(hasten);
    client.send(&[&hello(), &subscribe()]);
    let stream = Call::next().await;
    stream.call("stream", &[]);
    for _ in 0..4 {
        time::sleep(200).await;
        stream.push(b": still here\n\n");
    }
    client.hears_no_more().await;
    assert_eq!(client.next().await, TransportEvent::Closed { reached: true });
    assert!(stream.field("aborted").is_truthy());

    run(FAKES);
    run(hasten);
    client.reopen(Link::WebSocket);
    assert_eq!(client.next().await, TransportEvent::Closed { reached: false });
    run(FAKES);
}

#[wasm_bindgen_test]
async fn closing_aborts_what_runs_and_silences_it() {
    let client = Client::opened(Link::Http).await;
    client.send(&[&hello(), &subscribe(), &row(1)]);
    let (stream, request) = (Call::next().await, Call::next().await);
    stream.call("stream", &[]);
    time::sleep(20).await;
    client.transport.close();
    time::sleep(20).await;
    assert!(stream.field("aborted").is_truthy() && request.field("aborted").is_truthy());
    client.hears_no_more().await;
}

#[wasm_bindgen_test]
async fn a_new_subscription_replaces_the_stream() {
    let client = Client::opened(Link::Http).await;
    client.send(&[&hello(), &subscribe()]);
    let old = Call::next().await;
    old.call("stream", &[]);
    time::sleep(20).await;
    client.send(&[&subscribe()]);
    let new = Call::next().await;
    assert!(old.field("aborted").is_truthy());
    new.call("stream", &[]);
    time::sleep(20).await;
    new.push(&event_of(&welcome()));
    client.hears(&[&welcome()]).await;
}

#[wasm_bindgen_test]
async fn a_body_has_its_limits() {
    let client = Client::opened(Link::Poll).await;
    let big = |n: u64| message(Frame::Part { last: n == 0, bytes: vec![n as u8; 100_000] });
    client.send(&[&hello(), &big(1), &big(2), &big(3)]);
    for messages in [vec![hello(), big(1), big(2)], vec![hello(), big(3)]] {
        let request = Call::next().await;
        request.is("/v1/sync", &messages.iter().map(Vec::as_slice).collect::<Vec<_>>());
        request.answer(200, &pack([welcome().as_slice()]));
    }
    let rows: Vec<Vec<u8>> = (0..250).map(row).collect();
    client.transport.send(rows);
    for expected in [200, 50] {
        let request = Call::next().await;
        assert_eq!(request.messages().len(), 1 + expected);
        request.answer(200, b"");
    }
}

#[wasm_bindgen_test]
async fn a_websocket_carries_both_ways() {
    let client = Client::open(Link::WebSocket);
    let socket = Call(run("return sockets[0];"));
    assert_eq!(socket.field("url"), "wss://hub.example.org/v1/socket");
    assert_eq!(socket.field("binaryType"), "arraybuffer");
    client.send(&[&row(1)]);
    socket.call("open", &[]);
    assert_eq!(client.next().await, TransportEvent::Opened);
    client.send(&[&row(2), b""]);
    let sent: Vec<Vec<u8>> =
        Array::from(&socket.field("sent")).iter().map(|sent| Uint8Array::new(&sent).to_vec()).collect();
    assert_eq!(sent, [row(1), row(2), vec![]]);
    socket.call("message", &[Uint8Array::from(&row(3)[..]).into()]);
    client.hears(&[&row(3)]).await;
    socket.call("drop", &[]);
    assert_eq!(client.next().await, TransportEvent::Closed { reached: true });
    client.hears_no_more().await;
}

#[wasm_bindgen_test]
async fn a_replaced_socket_is_silent() {
    let client = Client::open(Link::WebSocket);
    let old = Call(run("return sockets[0];"));
    client.reopen(Link::WebSocket);
    let new = Call(run("return sockets[1];"));
    assert!(old.field("ended").is_truthy());
    // Before and after its handlers are taken off.
    old.call("open", &[]);
    old.call("message", &[Uint8Array::from(&row(1)[..]).into()]);
    time::sleep(20).await;
    old.call("open", &[]);
    old.call("drop", &[]);
    client.hears_no_more().await;
    new.call("drop", &[]);
    assert_eq!(client.next().await, TransportEvent::Closed { reached: false });
}

/// What the engine does in its own callback must not pull the floor away from under it.
#[wasm_bindgen_test]
async fn the_sink_may_reopen_while_it_is_called() {
    run(FAKES);
    let transport = Rc::new(WebTransport::new("https://hub.example.org"));
    let closed = Rc::new(RefCell::new(0));
    let (again, count) = (Rc::downgrade(&transport), closed.clone());
    transport.open(
        Link::WebSocket,
        Box::new(move |_| {
            *count.borrow_mut() += 1;
            again.upgrade().unwrap().open(Link::WebSocket, Box::new(|_| {}));
        }),
    );
    Call(run("return sockets[0];")).call("drop", &[]);
    time::sleep(20).await;
    assert_eq!(*closed.borrow(), 1);
    assert_eq!(run("return sockets.length;"), 2);
}

#[wasm_bindgen_test]
fn server_sent_events_are_read_however_they_are_cut() {
    let frames = [vec![0_u8, 255, 10, 13], vec![7; 300], b"x".to_vec()];
    for end in ["\n", "\r\n", "\r"] {
        let lines: Vec<String> = frames
            .iter()
            .flat_map(|frame| {
                let data = base64::prelude::BASE64_STANDARD.encode(frame);
                [
                    ": comment".to_owned(),
                    "event: frame".to_owned(),
                    format!("data:{data}"),
                    String::new(),
                    String::new(),
                ]
            })
            .collect();
        let bytes = (lines.join(end) + end).into_bytes();
        for size in [1, 2, 3, 7, bytes.len()] {
            let mut parser = Parser::default();
            let read: Vec<Vec<u8>> =
                bytes.chunks(size).flat_map(|chunk| parser.push(chunk).unwrap()).collect();
            assert_eq!(read, frames, "{end:?} in chunks of {size}");
        }
    }
    assert_eq!(Parser::default().push(b"data: no base64!\n\n"), Err(ParseError::NotBase64));
    let mut parser = Parser::default();
    let endless = vec![b'A'; 1024 * 1024];
    assert!((0..3).any(|_| parser.push(&endless) == Err(ParseError::TooLong)));
}
