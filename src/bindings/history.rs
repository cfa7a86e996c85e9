//! History: the package asks the hub, the core says it in words and keeps the latest of it.

use serde::Deserialize;
use wasm_bindgen::prelude::*;
use wedsync_domain::Id;
use wedsync_domain::history::{HistoryEntry, Page, Subject, entry};

use super::shape::{failure, to_js};
use super::{Core, invalid};
use crate::engine::effect::Failure;
use crate::history;

#[derive(Deserialize)]
struct Asked {
    #[serde(flatten)]
    subject: Subject,
    /// Only edits of this member.
    #[serde(default)]
    by: Option<Id>,
}

#[wasm_bindgen]
impl Core {
    /// Keeps the first page of a subject, which the hub answered, for when there is no network.
    pub async fn keep_history(&self, subject: JsValue, page_json: String) -> Result<(), JsValue> {
        let (asked, page) = (asked(subject)?, page(&page_json)?);
        let kept = history::keep(&self.store, &asked.subject, page).await;
        kept.map_err(|e| failure(&Failure::Storage(e)))
    }

    /// The page that was kept, as JSON.
    pub async fn kept_history(&self, subject: JsValue) -> Result<Option<String>, JsValue> {
        let page = history::kept(&self.store, &asked(subject)?.subject).await;
        let page = page.map_err(|e| failure(&Failure::Storage(e)))?;
        Ok(page.and_then(|page| serde_json::to_string(&page).ok()))
    }

    /// A page in words. On the first one stand the edits that wait here.
    pub fn history_entries(
        &self,
        subject: JsValue,
        page_json: &str,
        is_first: bool,
    ) -> Result<JsValue, JsValue> {
        let (Asked { subject, by }, page) = (asked(subject)?, page(page_json)?);
        self.driver.with(|engine| {
            let mut records = if is_first { engine.unlanded_history() } else { Vec::new() };
            records.retain(|(record, _)| {
                record.changes.iter().any(|change| subject.concerns(change))
                    && page.entries.iter().all(|other| other.uuid != record.uuid)
            });
            records.extend(page.entries.into_iter().map(|record| (record, "stored")));
            let entries: Vec<HistoryEntry> = records
                .iter()
                .filter(|(record, _)| by.as_ref().is_none_or(|by| *by == record.user))
                .filter_map(|(record, state)| entry(record, state, &engine.world(), engine.actor()))
                .collect();
            to_js(&entries)
        })
    }
}

fn asked(subject: JsValue) -> Result<Asked, JsValue> {
    serde_wasm_bindgen::from_value(subject).map_err(|e| invalid("subject", &e))
}

fn page(json: &str) -> Result<Page, JsValue> {
    serde_json::from_str(json).map_err(|e| invalid("page", &e))
}
