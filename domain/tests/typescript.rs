//! `src/npm/generated/domain.ts` says in TypeScript what the types here are. This test fails where it does not;
//! `UPDATE_TS=1 cargo test -p wedsync-domain --features ts --test typescript` writes it.
#![cfg(feature = "ts")]
#![allow(clippy::unwrap_used)]

use ts_rs::{Config, TS};
use wedsync_domain::calendar::ics::{BusyKind, BusyTime, Calendar, Own, Warning};
use wedsync_domain::command::{Busy, Hours, ImportPlace, ImportShift, Post};
use wedsync_domain::history::{HistoryEntry, HistoryLine};
use wedsync_domain::import::{Action, MissingShift, Preview, PreviewRow, RowError, RowErrorCode};
use wedsync_domain::presence::{LastSeen, NoteCursor, PersonHere, PresenceState};
use wedsync_domain::project::{
    Assigned, Assignment, CalendarInfo, EventSummary, Helper, Journey, Limits, Person, Place, RuleSet,
    TimeOff, WorkingHours,
};
use wedsync_domain::schedule::conflict::{End, Gap, Period};
use wedsync_domain::schedule::coverage::{HourCoverage, RoleCoverage};
use wedsync_domain::schedule::fill::{FillOptions, FillPlan, FillProgress, Obstacle, OpenPlaces};
use wedsync_domain::schedule::journeys::Leg;
use wedsync_domain::schedule::{
    Approach, Candidate, Cap, Confidence, Conflict, ConflictKind, Fact, Reason, Score, Severity, ShiftRef,
    Standing, Suggestion, SuggestionKind,
};
use wedsync_domain::{Command, Field, Kept, Refusal, RefusalCode, Replaced, Role, Table, Value};

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../src/npm/generated/domain.ts");

fn declare<T: TS + 'static>(out: &mut String) {
    let config = Config::new().with_large_int("number");
    let docs = T::docs().unwrap_or_default();
    let declaration = T::decl(&config)
        .replace("{ [key in Field]?: Value }", "Fields")
        .replace(" | { \"type\"", "\n  | { \"type\"");
    let docs = if docs.is_empty() || docs.ends_with('\n') { docs } else { format!("{docs}\n") };
    out.push_str(&format!("\n{docs}export {declaration}\n"));
}

macro_rules! declare_all {
    ($out:ident; $($type:ty),* $(,)?) => { $(declare::<$type>(&mut $out);)* };
}

fn generate() -> String {
    let mut out =
        String::from("// Generated from the Rust types by domain/tests/typescript.rs. Do not edit.\n");
    declare_all!(out; Value, Field);
    out.push_str("\n/** New values by field; null empties a field. */\nexport type Fields = Partial<Record<Field, Value>>;\n");
    declare_all!(out;
        Table, Role, RefusalCode, Refusal, Replaced, Kept,
        Command, Hours, Post, Busy, ImportPlace, ImportShift,
        Preview, PreviewRow, Action, RowError, RowErrorCode, MissingShift,
        Calendar, BusyTime, BusyKind, Own, Warning,
        EventSummary, Assignment, Assigned, Helper, Place, Person, WorkingHours, TimeOff, Limits, CalendarInfo,
        RuleSet, Journey,
        Conflict, ConflictKind, Severity, Confidence, ShiftRef, Fact, Gap, End, Period, Cap,
        Score, Candidate, Standing, Approach, Reason, Suggestion, SuggestionKind, RoleCoverage, HourCoverage, Leg,
        FillOptions, FillProgress, FillPlan, OpenPlaces, Obstacle,
        PersonHere, PresenceState, NoteCursor, LastSeen,
        HistoryEntry, HistoryLine,
    );
    out
}

#[test]
fn the_checked_in_types_are_those_of_the_rust_side() {
    let now = generate();
    if std::env::var_os("UPDATE_TS").is_some() {
        std::fs::create_dir_all(std::path::Path::new(PATH).parent().unwrap()).unwrap();
        std::fs::write(PATH, &now).unwrap();
    }
    let checked_in = std::fs::read_to_string(PATH).unwrap_or_default();
    assert!(checked_in == now, "{PATH} is out of date: run this test with UPDATE_TS=1");
}
