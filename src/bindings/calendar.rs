//! Calendar files of helpers: read on the device, and written from the plan as it is shown here.

use serde::Serialize;
use wasm_bindgen::prelude::*;
use wedsync_domain::calendar::ics::{self, IcsError, Options};
use wedsync_domain::calendar::{ics::Calendar, transfer};
use wedsync_domain::zone::Zones;
use wedsync_domain::{Command, DocId, Id, time};

use super::shape::{thrown, to_js};
use super::{Core, invalid};
use crate::web::time::now_ms;

/// What a file says, and the command that takes it over.
#[derive(Serialize)]
struct CalendarPreview {
    calendar: Calendar,
    command: Command,
}

#[wasm_bindgen]
impl Core {
    /// Reads a calendar file for a helper: the days from `first` to `last`, in the reader's zone. Changes nothing.
    /// `name` is for files that have none themselves.
    pub fn read_calendar(
        &self,
        helper: &str,
        file: &[u8],
        name: &str,
        zone: &str,
        first: &str,
        last: &str,
    ) -> Result<JsValue, JsValue> {
        let helper: Id = helper.parse().map_err(|e| invalid("helper", &e))?;
        let day = |field: &str, text: &str| {
            time::parse_date(text).ok_or_else(|| invalid(field, &"must be a date like 2026-07-18"))
        };
        let (first, last) = (day("first", first)?, day("last", last)?);
        let end = last.tomorrow().map_err(|_| invalid("last", &"must be before the year 9999 ends"))?;
        let zones = Zones::default();
        let options = Options { zone, window: (first, end), zones: &zones };
        let calendar = ics::read(file, options).map_err(|e| refused(&e))?;
        let name = calendar.name.as_deref().unwrap_or(name);
        let at = i64::try_from(now_ms()).unwrap_or(i64::MAX);
        let command = transfer::import(&helper, name, &calendar, first, last, at);
        to_js(&CalendarPreview { calendar, command })
    }

    /// A helper's shifts in all events as the text of a calendar file.
    pub fn write_calendar(&self, helper: &str) -> Result<String, JsValue> {
        let helper: Id = helper.parse().map_err(|e| invalid("helper", &e))?;
        let at = i64::try_from(now_ms()).unwrap_or(i64::MAX);
        Ok(self.driver.with(|engine| {
            let empty = Default::default();
            let roster = engine.view(&DocId::Roster).unwrap_or(&empty);
            let mut shifts = Vec::new();
            for doc in engine.docs() {
                if let (DocId::Event(event), Some(view)) = (&doc, engine.view(&doc)) {
                    shifts.extend(transfer::shifts_of(helper.as_str(), event, view, roster));
                }
            }
            transfer::write(&shifts, at)
        }))
    }
}

fn refused(error: &IcsError) -> JsValue {
    let (code, field) = match error {
        IcsError::TooLarge { .. } => ("too_big", "file"),
        IcsError::NotACalendar { .. } => ("invalid", "file"),
        IcsError::UnknownZone { .. } => ("invalid", "zone"),
        IcsError::EmptyWindow => ("invalid", "last"),
    };
    thrown(code, &error.to_string(), Some(field))
}
