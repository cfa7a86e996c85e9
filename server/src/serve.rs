//! Connections from the listener to the routes.

use axum::Router;
use hyper::server::conn::http1::Builder;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::future::Future;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// How long a peer may take over a request's head, also over the next one's on a connection kept open. Without it, who
/// opens connections and says nothing keeps everybody else out.
pub const HEAD_WITHIN: Duration = Duration::from_secs(30);
/// After a failed accept, such as for want of file descriptors.
const ACCEPT_AGAIN: Duration = Duration::from_millis(200);

/// Serves until `stop` resolves, then lets open requests end.
pub async fn serve(
    listener: TcpListener,
    app: Router,
    head_within: Duration,
    stop: impl Future<Output = ()>,
) {
    let mut http = Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(head_within);
    // Each connection holds a receiver until it ends.
    let (ending, open) = watch::channel(false);
    let mut stop = std::pin::pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(e) => {
                tracing::warn!(error = %e, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_AGAIN).await;
                continue;
            }
        };
        // An update goes out right after an ack: waiting to join them would cost the reader a delayed TCP answer.
        if let Err(e) = stream.set_nodelay(true) {
            tracing::debug!(error = %e, "the connection keeps its delay");
        }
        let service = TowerToHyperService::new(app.clone());
        let connection = http.serve_connection(TokioIo::new(stream), service).with_upgrades();
        let mut end = open.clone();
        tokio::spawn(async move {
            let mut connection = std::pin::pin!(connection);
            // A broken connection is its peer's business.
            tokio::select! {
                _ = connection.as_mut() => {}
                () = async { drop(end.wait_for(|ending| *ending).await) } => {
                    connection.as_mut().graceful_shutdown();
                    let _ = connection.await;
                }
            }
        });
    }
    drop((listener, open));
    ending.send_replace(true);
    ending.closed().await;
}
