//! The same conversation over plain HTTP: `POST /v1/sync` answers and ends, `POST /v1/stream` keeps telling.

use crate::auth::AuthError;
use crate::hub::Hub;
use crate::outgoing::Next;
use crate::session::Session;
use axum::body::Body;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures_util::stream;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep_until, timeout};
use wedsync_protocol::{DecodeError, FaultCode, Frame, Hello, decode, encode, pack, unpack};

/// Largest request body: twice what a batch may hold.
pub const BODY_MAX: usize = 2 * 1024 * 1024;
const KEEP_ALIVE: Duration = Duration::from_secs(15);
const READ_WITHIN: Duration = Duration::from_secs(30);
/// No commit takes this long; a client comes again.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

fn fault_frame(e: &AuthError) -> Frame {
    Frame::Fault { code: e.code, message: e.message.clone() }
}

/// Wire messages as a response; the last may be a fault, which sets the status.
fn packed(status: u16, messages: &[Bytes]) -> Response {
    let body = pack(messages.iter().map(Bytes::as_ref));
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, [(header::CONTENT_TYPE, "application/octet-stream"), (header::CACHE_CONTROL, "no-store")], body)
        .into_response()
}

fn failed(e: &AuthError) -> Response {
    let parts: Vec<Bytes> = encode(&fault_frame(e)).into_iter().map(Bytes::from).collect();
    packed(e.code.status(), &parts)
}

async fn frames(body: Body) -> Result<Vec<Frame>, AuthError> {
    let read = timeout(READ_WITHIN, axum::body::to_bytes(body, BODY_MAX)).await;
    let bytes = match read {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(_)) => {
            return Err(AuthError::new(FaultCode::TooBig, "the body is over 2 MiB; send less at a time"));
        }
        Err(_) => return Err(AuthError::new(FaultCode::Malformed, "the body did not come in time")),
    };
    let refused = |e: DecodeError| {
        let code = match e {
            DecodeError::TooBig { .. } => FaultCode::TooBig,
            DecodeError::Malformed => FaultCode::Malformed,
        };
        AuthError { code, message: e.to_string() }
    };
    unpack(&bytes).map_err(refused)?.into_iter().map(|m| decode(m).map_err(refused)).collect()
}

/// `Hello` first; what follows it.
fn greeting(frames: Vec<Frame>) -> Result<(Hello, Vec<Frame>), AuthError> {
    let mut frames = frames.into_iter();
    match frames.next() {
        Some(Frame::Hello(hello)) => Ok((hello, frames.collect())),
        _ => Err(AuthError::new(FaultCode::Malformed, "the first frame must be Hello")),
    }
}

fn is_subscribe(frame: &&Frame) -> bool {
    matches!(frame, Frame::Subscribe { .. })
}

pub async fn sync(State(hub): State<Arc<Hub>>, body: Body) -> Response {
    match timeout(READ_WITHIN + ANSWER_WITHIN, exchange(&hub, body)).await {
        Ok(Ok(response)) => response,
        Ok(Err(e)) => failed(&e),
        Err(_) => failed(&AuthError::new(FaultCode::TryLater, "the hub is too busy; try again later")),
    }
}

async fn exchange(hub: &Hub, body: Body) -> Result<Response, AuthError> {
    let (hello, rest) = greeting(frames(body).await?)?;
    let in_turn = |f: &Frame| matches!(f, Frame::Mutate(_) | Frame::Subscribe { .. });
    if !rest.iter().all(in_turn) || rest.iter().filter(is_subscribe).count() > 1 {
        return Err(AuthError::new(FaultCode::Malformed, "a frame out of turn"));
    }
    let mut session = Session::start(hub, hello).await?;
    let outgoing = session.outgoing.clone();
    let asking = async {
        for frame in rest {
            session.handle(frame).await?;
        }
        session.finish().await
    };
    let collecting = async {
        let mut out = Vec::new();
        loop {
            match outgoing.next().await {
                Next::Send(bytes) => out.push(bytes),
                // Only live updates are dropped, and those are not for this exchange.
                Next::CatchUp => {}
                Next::Done => return (200, out),
                Next::Fault(code, message) => {
                    out.extend(encode(&Frame::Fault { code, message }).into_iter().map(Bytes::from));
                    return (code.status(), out);
                }
            }
        }
    };
    let (asked, (status, out)) = tokio::join!(
        async {
            let asked = asking.await;
            if asked.is_err() {
                outgoing.finish();
            }
            asked
        },
        collecting
    );
    match asked {
        Ok(()) => Ok(packed(status, &out)),
        Err(e) => {
            let mut out = out;
            out.extend(encode(&fault_frame(&e)).into_iter().map(Bytes::from));
            Ok(packed(e.code.status(), &out))
        }
    }
}

pub async fn stream(State(hub): State<Arc<Hub>>, body: Body) -> Response {
    match open_stream(&hub, body).await {
        Ok(response) => response,
        Err(e) => failed(&e),
    }
}

async fn open_stream(hub: &Hub, body: Body) -> Result<Response, AuthError> {
    let (hello, rest) = greeting(frames(body).await?)?;
    let (mut session, subscribe) = match <[Frame; 1]>::try_from(rest) {
        Ok([subscribe @ Frame::Subscribe { .. }]) => (Session::start(hub, hello).await?, subscribe),
        _ => return Err(AuthError::new(FaultCode::Malformed, "Hello and Subscribe, nothing else")),
    };
    session.handle(subscribe).await?;
    let expires = Instant::now() + session.time_left();
    let told = stream::unfold(Some(session), move |session| async move {
        let session = session?;
        loop {
            let next = tokio::select! {
                next = session.outgoing.next() => next,
                () = sleep_until(expires) => {
                    Next::Fault(FaultCode::TokenExpired, "the token has expired; get a new one".into())
                }
            };
            let (bytes, session) = match next {
                Next::Send(bytes) => (bytes, Some(session)),
                Next::CatchUp => {
                    if session.catch_up().await.is_err() {
                        return None;
                    }
                    continue;
                }
                Next::Fault(code, message) => (encode(&Frame::Fault { code, message }).concat().into(), None),
                Next::Done => return None,
            };
            return Some((Ok::<_, Infallible>(Event::default().data(STANDARD.encode(&bytes))), session));
        }
    });
    let sse = Sse::new(told).keep_alive(KeepAlive::new().interval(KEEP_ALIVE));
    Ok(([("x-accel-buffering", "no")], sse).into_response())
}
