//! The routes: protocol, management and the web app's files.

use crate::hub::Hub;
use crate::{exchange, history, manage, socket, yjs};
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use std::path::Path;
use std::sync::Arc;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate};
use tower_http::services::{ServeDir, ServeFile};

/// The app compiles WASM and talks to its own hub; nothing else may run or be reached.
const CSP: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; \
                   connect-src 'self' ws: wss:; img-src 'self' data:; object-src 'none'; base-uri 'none'; \
                   frame-ancestors 'none'";

pub fn router(hub: Arc<Hub>, www: Option<&Path>) -> Router {
    let api = Router::new()
        .route("/v1/socket", get(socket::upgrade))
        .route("/v1/sync", post(exchange::sync))
        .route("/v1/stream", post(exchange::stream))
        .route("/v1/history", get(history::read))
        .route("/yjs/{*doc}", get(yjs::socket::upgrade))
        .merge(manage::routes())
        .layer(from_fn_with_state(hub.clone(), origins));
    let router = match www {
        Some(dir) => api.fallback_service(files(dir)),
        None => api
            .fallback(|| async { (StatusCode::NOT_FOUND, "this hub serves no pages; start it with --www") }),
    };
    router.layer(from_fn(headers)).with_state(hub)
}

/// The app's files; a path that is none of them is the app's own, unless it looks like a file or the API.
fn files(dir: &Path) -> Router {
    let index = ServeFile::new(dir.join("index.html"));
    let page = get(move |request: Request| {
        let mut index = index.clone();
        async move {
            let path = request.uri().path();
            let file = path.rsplit('/').next().is_some_and(|name| name.contains('.'));
            if file || path.starts_with("/v1/") || path.starts_with("/assets/") {
                return StatusCode::NOT_FOUND.into_response();
            }
            match index.try_call(request).await {
                Ok(page) => page.into_response(),
                Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
            }
        }
    });
    // Not for octet streams: the protocol's bodies are small and compressed Yjs hardly shrinks.
    let worth = DefaultPredicate::new().and(NotForContentType::new("application/octet-stream"));
    Router::new()
        .fallback_service(ServeDir::new(dir).fallback(page))
        .layer(CompressionLayer::new().compress_when(worth))
}

/// Pages of other origins may use the API only where the hub's owner named them.
async fn origins(State(hub): State<Arc<Hub>>, request: Request, next: Next) -> Response {
    let origin = request.headers().get(header::ORIGIN).cloned();
    let Some(origin) = origin else { return next.run(request).await };
    let listed = origin.to_str().is_ok_and(|o| hub.allowed_origins.iter().any(|a| a == o));
    if !listed && !is_own(&origin, request.headers(), request.uri()) {
        let body = r#"{"code":"forbidden","message":"this origin may not use this hub; see WEDSYNC_ALLOWED_ORIGINS"}"#;
        return (StatusCode::FORBIDDEN, [(header::CONTENT_TYPE, "application/json")], body).into_response();
    }
    let mut response = if listed && request.method() == Method::OPTIONS {
        StatusCode::NO_CONTENT.into_response()
    } else {
        next.run(request).await
    };
    if listed {
        let headers = response.headers_mut();
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(header::VARY, HeaderValue::from_static("Origin"));
        let methods = HeaderValue::from_static("GET, POST, PATCH, DELETE");
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, methods);
        let allowed = HeaderValue::from_static("authorization, content-type");
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, allowed);
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    }
    response
}

fn is_own(origin: &HeaderValue, headers: &HeaderMap, uri: &Uri) -> bool {
    let host =
        headers.get(header::HOST).and_then(|h| h.to_str().ok()).or(uri.authority().map(|a| a.as_str()));
    let origin = origin.to_str().ok().and_then(|o| o.split_once("://")).map(|(_, authority)| authority);
    origin.is_some() && origin == host
}

async fn headers(request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let mut response = next.run(request).await;
    let is_page = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|t| t.to_str().is_ok_and(|t| t.starts_with("text/html")));
    let found = response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CSP));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    if path.ends_with(".webmanifest") {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/manifest+json"));
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        let lasting = path.starts_with("/assets/") && found && !is_page;
        let cache = if lasting { "public, max-age=31536000, immutable" } else { "no-cache" };
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    }
    response
}
