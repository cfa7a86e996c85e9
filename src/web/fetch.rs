//! `fetch`, the same in a page and in a worker.

use js_sys::{Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, Headers, ReadableStreamDefaultReader, Request, RequestInit, Response};

#[wasm_bindgen]
extern "C" {
    /// The global function: web-sys knows it only as a method of a window or of a worker.
    #[wasm_bindgen(js_name = fetch, catch)]
    fn global_fetch(request: &Request) -> Result<Promise, JsValue>;
}

/// The network, or whoever aborted the request: the browser does not say which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Failed;

impl From<JsValue> for Failed {
    fn from(_: JsValue) -> Failed {
        Failed
    }
}

pub(super) struct Answer {
    response: Response,
}

/// Answers once the headers are there, whatever the status.
pub(super) async fn post(url: &str, body: &[u8], signal: Option<&AbortSignal>) -> Result<Answer, Failed> {
    let headers = Headers::new()?;
    headers.set("content-type", "application/octet-stream")?;
    let init = RequestInit::new();
    init.set_method("POST");
    init.set_headers(&headers);
    init.set_body(&Uint8Array::from(body));
    init.set_signal(signal);
    let request = Request::new_with_str_and_init(url, &init)?;
    let response = JsFuture::from(global_fetch(&request)?).await?.dyn_into()?;
    Ok(Answer { response })
}

impl Answer {
    pub fn ok(&self) -> bool {
        self.response.ok()
    }

    /// The body as it comes in; None where there is none.
    pub fn chunks(&self) -> Option<Chunks> {
        let reader = self.response.body()?.get_reader().dyn_into().ok()?;
        Some(Chunks { reader })
    }
}

pub(super) struct Chunks {
    reader: ReadableStreamDefaultReader,
}

impl Chunks {
    /// None at the end.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, Failed> {
        let read = JsFuture::from(self.reader.read()).await?;
        if Reflect::get(&read, &JsValue::from_str("done"))?.is_truthy() {
            return Ok(None);
        }
        let chunk: Uint8Array = Reflect::get(&read, &JsValue::from_str("value"))?.dyn_into()?;
        Ok(Some(chunk.to_vec()))
    }
}
