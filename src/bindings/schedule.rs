//! The conflicts of the plan as this person sees it, edits that wait included. Only a page asks for them: the service
//! worker never builds a season.

use std::sync::Arc;
use wedsync_domain::ordered::sort_by;
use wedsync_domain::ordered::{OrdMap, OrdSet};

use serde::Serialize;
use wasm_bindgen::prelude::*;
use wedsync_domain::schedule::fill::Fill;
use wedsync_domain::schedule::{
    Approach, Candidate, Conflict, Reason, Score, Season, Severity, Standing, Suggestion, SuggestionKind,
    explain,
};
use wedsync_domain::zone::Zones;
use wedsync_domain::{Command, Decision, DocId, DocView, World, decide};

use super::Core;
use super::shape::{failure, to_js};
use crate::engine::Engine;
use crate::web::time;

/// Imported calendars grow old by the day: looking at the clock again after this long is soon enough.
const CLOCK_MS: i64 = 10 * 60 * 1000;

/// The season beside the engine, made at the first question.
#[derive(Debug, Default)]
pub struct Planner {
    season: Option<Season>,
    clock: i64,
    /// The documents as the season has them.
    seen: OrdMap<DocId, Arc<DocView>>,
    /// What JavaScript has: of an event, or of all (`None`).
    shown: OrdMap<Option<String>, OrdMap<String, Told>>,
    /// Searches for helpers that are under way, by number.
    pub(super) fills: OrdMap<u32, Fill>,
    pub(super) last_fill: u32,
}

/// A conflict with its sentence.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Told {
    #[serde(flatten)]
    conflict: Conflict,
    text: String,
}

#[derive(Default, Serialize)]
struct ConflictChanges {
    upsert: Vec<Told>,
    order: Vec<String>,
}

/// What a command would do to the conflicts of those it concerns.
#[derive(Default, Serialize)]
struct Outlook {
    appear: Vec<Told>,
    vanish: Vec<Told>,
    stay: Vec<Told>,
}

/// A [`Candidate`] with the sentences of what it would bring.
#[derive(Serialize)]
struct CandidateShape {
    helper: String,
    standing: Standing,
    new: Vec<Told>,
    score: Score,
    minutes_in_event: u32,
    way: Option<Approach>,
    reasons: Vec<Reason>,
}

/// A [`Suggestion`], likewise.
#[derive(Serialize)]
struct SuggestionShape {
    kind: SuggestionKind,
    command: Option<Command>,
    before: Score,
    after: Score,
    new: Vec<Told>,
    ask: bool,
    text: String,
}

fn candidate(found: Candidate, world: &dyn World) -> CandidateShape {
    let Candidate { helper, standing, new, score, minutes_in_event, way, reasons } = found;
    let new = new.iter().map(|c| tell(c, world)).collect();
    CandidateShape { helper, standing, new, score, minutes_in_event, way, reasons }
}

fn suggestion(found: Suggestion, world: &dyn World) -> SuggestionShape {
    let Suggestion { kind, command, before, after, new, ask, text } = found;
    let new = new.iter().map(|c| tell(c, world)).collect();
    SuggestionShape { kind, command, before, after, new, ask, text }
}

fn tell(conflict: &Conflict, world: &dyn World) -> Told {
    Told { conflict: conflict.clone(), text: explain(conflict, world) }
}

impl Planner {
    /// The season, as of what the engine shows now. Only documents that are other than at the last call are read.
    pub(super) fn season(&mut self, engine: &Engine) -> &Season {
        let now = i64::try_from(time::now_ms()).unwrap_or(i64::MAX);
        let docs: OrdSet<DocId> = engine.docs().into_iter().filter(counts).collect();
        let mut changed: Vec<(DocId, Option<Arc<DocView>>)> =
            self.seen.keys().filter(|doc| !docs.contains(doc)).map(|doc| (doc.clone(), None)).collect();
        for doc in docs {
            let Some(view) = engine.view(&doc) else { continue };
            if !self.seen.get(&doc).is_some_and(|seen| Arc::ptr_eq(seen, view)) {
                changed.push((doc, Some(view.clone())));
            }
        }
        for (doc, view) in &changed {
            match view {
                Some(view) => drop(self.seen.insert(doc.clone(), view.clone())),
                None => drop(self.seen.remove(doc)),
            }
        }
        let season = self.season.get_or_insert_with(|| {
            self.clock = now;
            Season::new(now, Zones::default())
        });
        if (now - self.clock).abs() > CLOCK_MS {
            self.clock = now;
            season.set_now(now);
        }
        season.update(changed);
        season
    }

    fn changes(&mut self, engine: &Engine, event: Option<&str>) -> ConflictChanges {
        let season = self.season(engine);
        let found = match event {
            Some(id) => season.conflicts_of(id),
            None => season.conflicts(),
        };
        let order = found.iter().map(|c| c.id.clone()).collect();
        let world = engine.world();
        let now: OrdMap<String, Told> = found.into_iter().map(|c| (c.id.clone(), tell(c, &world))).collect();
        let shown = self.shown.entry(event.map(str::to_owned)).or_default();
        let upsert = now.values().filter(|c| shown.get(&c.conflict.id) != Some(*c)).cloned().collect();
        *shown = now;
        ConflictChanges { upsert, order }
    }

    fn outlook(&mut self, engine: &Engine, decision: &Decision) -> Outlook {
        let season = self.season(engine);
        let world = engine.world();
        let mut views: OrdMap<&DocId, DocView> = OrdMap::new();
        for change in &decision.changes {
            let now = views.entry(&change.doc);
            now.or_insert_with(|| world.doc(&change.doc).cloned().unwrap_or_default()).apply(change);
        }
        let mut outlook = Outlook::default();
        for (doc, view) in views {
            let DocId::Event(event) = doc else { continue };
            let preview = season.preview(event.as_str(), &view);
            let by_id = |found: &[Conflict]| -> OrdMap<String, Severity> {
                found.iter().map(|c| (c.id.clone(), c.severity)).collect()
            };
            let (before, after) = (by_id(&preview.before), by_id(&preview.after));
            let gone = preview.before.iter().filter(|c| !after.contains_key(&c.id));
            outlook.vanish.extend(gone.map(|c| tell(c, &world)));
            for conflict in &preview.after {
                let was = before.get(&conflict.id);
                let is_worse = was.is_none_or(|severity| conflict.severity < *severity);
                let list = if is_worse { &mut outlook.appear } else { &mut outlook.stay };
                list.push(tell(conflict, &world));
            }
        }
        for list in [&mut outlook.appear, &mut outlook.vanish, &mut outlook.stay] {
            sort_by(list, |Told { conflict: a, .. }, Told { conflict: b, .. }| {
                (a.severity, b.score, &a.id).cmp(&(b.severity, a.score, &b.id))
            });
        }
        outlook
    }
}

/// Whether conflicts can come from a document of this kind.
fn counts(doc: &DocId) -> bool {
    match doc {
        DocId::Roster | DocId::Person(_) | DocId::Event(_) => true,
        DocId::Notes { .. } | DocId::Inbox(_) => false,
    }
}

#[wasm_bindgen]
impl Core {
    /// The conflicts that changed since the last call, and the ids of all in order: those of an event, or of all events.
    pub fn conflicts(&self, event: Option<String>) -> Result<JsValue, JsValue> {
        let mut planner = self.planner.borrow_mut();
        to_js(&self.driver.with(|engine| planner.changes(engine, event.as_deref())))
    }

    /// The ways between the shifts of an event's helpers.
    pub fn legs(&self, event: &str) -> Result<JsValue, JsValue> {
        let mut planner = self.planner.borrow_mut();
        to_js(&self.driver.with(|engine| planner.season(engine).legs(event)))
    }

    /// Who could take a shift, the best first, at most `limit`.
    pub fn candidates(&self, event: &str, assignment: &str, limit: usize) -> Result<JsValue, JsValue> {
        let mut planner = self.planner.borrow_mut();
        self.driver.with(|engine| {
            let world = engine.world();
            let found = planner.season(engine).candidates(event, assignment, limit);
            to_js(&found.into_iter().map(|one| candidate(one, &world)).collect::<Vec<_>>())
        })
    }

    /// What could be done about a conflict, the best first.
    pub fn suggestions(&self, conflict: &str) -> Result<JsValue, JsValue> {
        let mut planner = self.planner.borrow_mut();
        self.driver.with(|engine| {
            let world = engine.world();
            let found = planner.season(engine).suggestions(conflict);
            to_js(&found.into_iter().map(|one| suggestion(one, &world)).collect::<Vec<_>>())
        })
    }

    /// What each role of an event needs and has, hour by hour.
    pub fn coverage(&self, event: &str) -> Result<JsValue, JsValue> {
        let mut planner = self.planner.borrow_mut();
        self.driver.with(|engine| to_js(&planner.season(engine).coverage(event)))
    }

    /// Which conflicts a command would make, end and leave, among those whom it concerns. Changes nothing.
    pub fn preview_conflicts(&self, command_json: &str) -> Result<JsValue, JsValue> {
        let mut planner = self.planner.borrow_mut();
        self.driver.with(|engine| {
            let mut command = Command::from_json(command_json.as_bytes()).map_err(|r| failure(&r.into()))?;
            let world = engine.world();
            command.fill_saw(&world);
            let decision = decide(&world, engine.actor(), &command).map_err(|r| failure(&r.into()))?;
            to_js(&planner.outlook(engine, &decision))
        })
    }
}
