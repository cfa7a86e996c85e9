//! Clock, entropy and timers of the browser, in pages and in workers alike.

use futures::FutureExt;
use futures::channel::oneshot;
use futures::future::Either;
use gloo::timers::callback::Timeout as Timer;
use js_sys::Uint8Array;
use std::future::Future;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues, catch)]
    fn fill_random(array: &Uint8Array) -> Result<Uint8Array, JsValue>;
}

/// The most bytes that `crypto.getRandomValues` gives at once (W3C Web Cryptography, section 10.1.1).
const ENTROPY_MAX: usize = 65_536;

/// Milliseconds since 1970.
pub fn now_ms() -> u64 {
    js_sys::Date::now() as u64
}

/// Bytes fit for keys and identifiers.
///
/// # Panics
/// In an environment without Web Crypto: there nothing safe can be done.
pub fn fill_with_random(bytes: &mut [u8]) {
    for chunk in bytes.chunks_mut(ENTROPY_MAX) {
        let array = Uint8Array::new_with_length(chunk.len() as u32);
        if fill_random(&array).is_err() {
            wasm_bindgen::throw_str(
                "crypto.getRandomValues is missing: this browser cannot make identifiers",
            );
        }
        array.copy_to(chunk);
    }
}

pub fn random_u64() -> u64 {
    let mut bytes = [0; 8];
    fill_with_random(&mut bytes);
    u64::from_le_bytes(bytes)
}

/// A callback to come. Dropping it cancels it.
#[derive(Debug)]
#[must_use = "dropping a timeout cancels it"]
pub struct Timeout {
    _timer: Timer,
}

impl Timeout {
    pub fn new(ms: u32, callback: impl FnOnce() + 'static) -> Timeout {
        Timeout { _timer: Timer::new(ms, callback) }
    }
}

pub async fn sleep(ms: u32) {
    let (done, wait) = oneshot::channel();
    let _timeout = Timeout::new(ms, move || {
        let _ = done.send(());
    });
    let _ = wait.await;
}

/// The future's output, or None once `ms` have passed; then the future is dropped.
pub async fn within<T>(ms: u32, future: impl Future<Output = T>) -> Option<T> {
    match futures::future::select(Box::pin(future), sleep(ms).boxed_local()).await {
        Either::Left((output, _)) => Some(output),
        Either::Right(_) => None,
    }
}
