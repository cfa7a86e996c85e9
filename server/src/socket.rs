//! `GET /v1/socket`: a conversation over a WebSocket (RFC 6455), one frame a binary message.

use crate::auth::AuthError;
use crate::hub::Hub;
use crate::outgoing::{Next, Outgoing};
use crate::session::Session;
use axum::extract::State;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use bytes::Bytes;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, interval_at, sleep, timeout};
use wedsync_protocol::{DecodeError, FRAME_MAX, FaultCode, Frame, decode, encode};

const HELLO_WITHIN: Duration = Duration::from_secs(10);
const PING_EVERY: Duration = Duration::from_secs(20);
const SILENT_MAX: Duration = Duration::from_secs(60);
/// A peer that takes nothing for so long is gone.
const SEND_WITHIN: Duration = Duration::from_secs(60);
/// After a close frame, how long the peer may take to answer it.
const CLOSE_WITHIN: Duration = Duration::from_secs(3);
/// A message a little over the limit is read, so that it gets its typed answer; anything larger is not.
const MESSAGE_READ_MAX: usize = FRAME_MAX + 1024;

type Sink = SplitSink<WebSocket, Message>;
type Source = SplitStream<WebSocket>;

pub async fn upgrade(State(hub): State<Arc<Hub>>, ws: WebSocketUpgrade) -> Response {
    ws.max_message_size(MESSAGE_READ_MAX)
        .max_frame_size(MESSAGE_READ_MAX)
        .read_buffer_size(16 * 1024)
        .write_buffer_size(16 * 1024)
        .max_write_buffer_size(2 * FRAME_MAX)
        .on_upgrade(move |socket| async move { serve(&hub, socket).await })
}

/// Bytes of messages that are written together.
const WRITTEN_AT_ONCE: usize = 32 * 1024;

/// How reading ended.
enum End {
    Fault(AuthError),
    /// The peer closed or vanished.
    Gone,
}

fn fault(code: FaultCode, message: &str) -> End {
    End::Fault(AuthError::new(code, message))
}

async fn serve(hub: &Hub, socket: WebSocket) {
    let (mut sink, mut source) = socket.split();
    match converse(hub, &mut sink, &mut source).await {
        End::Gone => {}
        End::Fault(e) => close(sink, source, &e).await,
    }
}

async fn converse(hub: &Hub, sink: &mut Sink, source: &mut Source) -> End {
    let hello = match timeout(HELLO_WITHIN, read(source)).await {
        Ok(Ok(Frame::Hello(hello))) => hello,
        Ok(Ok(_)) => return fault(FaultCode::Malformed, "the first frame must be Hello"),
        Ok(Err(end)) => return end,
        Err(_) => return fault(FaultCode::Malformed, "no Hello within 10 seconds"),
    };
    let mut session = match Session::start(hub, hello).await {
        Ok(session) => session,
        Err(e) => return End::Fault(e),
    };
    let outgoing = session.outgoing.clone();
    let expiry = sleep(session.time_left());
    let (catch_up, mut wanted) = tokio::sync::mpsc::channel::<()>(1);
    let writing = async {
        let mut ping = interval_at(Instant::now() + PING_EVERY, PING_EVERY);
        let mut waiting: Option<Next> = None;
        loop {
            let next = match waiting.take() {
                Some(next) => next,
                None => tokio::select! {
                    next = outgoing.next() => next,
                    _ = ping.tick() => {
                        match timeout(SEND_WITHIN, sink.send(Message::Ping(Bytes::new()))).await {
                            Ok(Ok(())) => continue,
                            Ok(Err(_)) | Err(_) => return End::Gone,
                        }
                    }
                },
            };
            match next {
                Next::Send(bytes) => match timeout(SEND_WITHIN, send(sink, &outgoing, bytes)).await {
                    Ok(Ok(more)) => waiting = more,
                    Ok(Err(_)) | Err(_) => return End::Gone,
                },
                Next::CatchUp => {
                    let _ = catch_up.send(()).await;
                }
                Next::Fault(code, message) => return fault(code, &message),
                Next::Done => return End::Gone,
            }
        }
    };
    let reading = async {
        loop {
            let frame = tokio::select! {
                frame = read(source) => frame,
                Some(()) = wanted.recv() => {
                    match session.catch_up().await {
                        Ok(()) => continue,
                        Err(e) => return End::Fault(e),
                    }
                }
            };
            let handled = match frame {
                Ok(frame) => session.handle(frame).await,
                Err(end) => return end,
            };
            if let Err(e) = handled {
                return End::Fault(e);
            }
            // Who does not read answers is not read either.
            session.outgoing.wait_for_room().await;
        }
    };
    tokio::select! {
        end = writing => end,
        end = reading => end,
        () = expiry => fault(FaultCode::TokenExpired, "the token has expired; get a new one"),
    }
}

/// Sends a message and with it what else waits, some of it: a write to the network costs more than what is written. Answers
/// with what is next and no message.
async fn send(sink: &mut Sink, outgoing: &Outgoing, first: Bytes) -> Result<Option<Next>, axum::Error> {
    let mut written = first.len();
    sink.feed(Message::Binary(first)).await?;
    let mut next = None;
    while written < WRITTEN_AT_ONCE {
        match outgoing.try_next() {
            Some(Next::Send(bytes)) => {
                written += bytes.len();
                sink.feed(Message::Binary(bytes)).await?;
            }
            other => {
                next = other;
                break;
            }
        }
    }
    sink.flush().await?;
    Ok(next)
}

/// The next frame; pings and pongs only show that the peer is there.
async fn read(source: &mut Source) -> Result<Frame, End> {
    let mut silent = Instant::now() + SILENT_MAX;
    loop {
        let message = match tokio::time::timeout_at(silent, source.next()).await {
            Ok(Some(Ok(message))) => message,
            Ok(Some(Err(e))) if is_too_big(&e) => {
                return Err(fault(FaultCode::TooBig, "a message over the limit of 1 MiB"));
            }
            Ok(Some(Err(_)) | None) | Err(_) => return Err(End::Gone),
        };
        match message {
            Message::Binary(bytes) => {
                return decode(&bytes).map_err(|e| match e {
                    DecodeError::TooBig { .. } => fault(FaultCode::TooBig, &e.to_string()),
                    DecodeError::Malformed => fault(FaultCode::Malformed, &e.to_string()),
                });
            }
            Message::Text(_) => return Err(fault(FaultCode::Malformed, "frames are binary messages")),
            Message::Ping(_) | Message::Pong(_) => silent = Instant::now() + SILENT_MAX,
            Message::Close(_) => return Err(End::Gone),
        }
    }
}

pub(crate) fn is_too_big(e: &axum::Error) -> bool {
    // axum hides the library's error type; its text is pinned by a test with a real oversized message.
    let text = e.to_string();
    text.contains("too long") || text.contains("too big")
}

async fn close(mut sink: Sink, mut source: Source, e: &AuthError) {
    tracing::info!(code = e.code.name(), "socket closed by the hub");
    let told = async {
        for part in encode(&Frame::Fault { code: e.code, message: e.message.clone() }) {
            sink.send(Message::Binary(part.into())).await?;
        }
        let reason = e.code.name().into();
        sink.send(Message::Close(Some(CloseFrame { code: e.code.close_code(), reason }))).await
    };
    if let Ok(Ok(())) = timeout(CLOSE_WITHIN, told).await {
        // Hanging up at once would reset the connection under what the peer has not read yet.
        let quiet = async { while let Some(Ok(_)) = source.next().await {} };
        let _ = timeout(CLOSE_WITHIN, quiet).await;
        if e.code == FaultCode::TooBig {
            sleep(Duration::from_secs(1)).await;
        }
    }
}
