//! The same for a page, which times the calls itself.

use crate::Plan;
use wasm_bindgen::prelude::wasm_bindgen;
use wedsync_domain::schedule::Season;

#[wasm_bindgen]
#[derive(Debug)]
pub struct Bench {
    plan: Plan,
    season: Season,
}

#[wasm_bindgen]
impl Bench {
    #[wasm_bindgen(constructor)]
    pub fn new(shifts: usize) -> Bench {
        let plan = Plan::new(shifts);
        let season = plan.check();
        Bench { plan, season }
    }

    pub fn full(&mut self) {
        self.season = self.plan.check();
    }

    pub fn edit(&mut self, number: usize) {
        self.plan.edit(&mut self.season, number);
    }

    pub fn preview(&self) -> usize {
        self.plan.preview(&self.season)
    }

    pub fn explain(&self) -> usize {
        self.plan.explain(&self.season)
    }

    pub fn read(&self) -> usize {
        self.plan.read()
    }
}
