//! Filling the gaps of an event: the search is kept here between its slices.

use serde::Serialize;
use wasm_bindgen::prelude::*;
use wedsync_domain::schedule::fill::{Fill, FillOptions, FillPlan, FillProgress};
use wedsync_domain::{Command, Id};

use super::shape::{thrown, to_js};
use super::{Core, invalid};

#[derive(Serialize)]
struct Step {
    is_done: bool,
    progress: FillProgress,
}

#[derive(Serialize)]
struct PlanShape {
    #[serde(flatten)]
    plan: FillPlan,
    command: Option<Command>,
}

#[wasm_bindgen]
impl Core {
    /// Begins a search for helpers, and names it.
    pub fn fill_start(&self, event: &str, options: JsValue) -> Result<u32, JsValue> {
        let event: Id = event.parse().map_err(|e| invalid("event", &e))?;
        let options: FillOptions =
            serde_wasm_bindgen::from_value(options).map_err(|e| invalid("options", &e))?;
        let mut planner = self.planner.borrow_mut();
        let fill = self.driver.with(|engine| Fill::new(planner.season(engine), &event, options));
        planner.last_fill += 1;
        let number = planner.last_fill;
        planner.fills.insert(number, fill);
        Ok(number)
    }

    /// Goes on with a search for about so many checks of a helper's schedule.
    pub fn fill_step(&self, fill: u32, budget: usize) -> Result<JsValue, JsValue> {
        let mut planner = self.planner.borrow_mut();
        let fill = planner.fills.get_mut(&fill).ok_or_else(ended)?;
        let progress = fill.step(budget);
        to_js(&Step { is_done: fill.is_done(), progress })
    }

    pub fn fill_plan(&self, fill: u32) -> Result<JsValue, JsValue> {
        let planner = self.planner.borrow();
        let plan = planner.fills.get(&fill).ok_or_else(ended)?.plan();
        let command = plan.command();
        to_js(&PlanShape { plan, command })
    }

    pub fn fill_end(&self, fill: u32) {
        self.planner.borrow_mut().fills.remove(&fill);
    }
}

/// A fresh core took the place of the one that searched.
fn ended() -> JsValue {
    thrown("invalid", "this search has ended; begin again", Some("fill"))
}
