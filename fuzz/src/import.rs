//! CSV files: rows, or an error that says where.

use crate::hub::{Hub, id, owner};
use std::cell::RefCell;
use std::collections::BTreeMap;
use wedsync_domain::command::COMMAND_MAX;
use wedsync_domain::import::{Action, ERRORS_MAX, Preview, preview};
use wedsync_domain::{Command, DocId, DocView, decide, export};

type World = BTreeMap<DocId, DocView>;

thread_local! {
    static WORLD: RefCell<Option<World>> = const { RefCell::new(None) };
}

fn world() -> World {
    let read = || Hub::default().content().into_iter().map(|(doc, (_, view))| (doc, view)).collect();
    WORLD.with(|kept| kept.borrow_mut().get_or_insert_with(read).clone())
}

pub fn run(data: &[u8]) {
    let mut world = world();
    let event = id("e1");
    let first = preview(data, &event, &world);
    sound(&first, data);
    let Some(command) = &first.command else { return };
    assert!(first.errors.is_empty(), "a file with errors is not imported");
    let json = command.to_json();
    assert!(json.len() <= COMMAND_MAX);
    assert_eq!(Command::from_json(&json).as_ref(), Ok(command));
    let decision = decide(&world, &owner(), command).expect("what the preview offers stands");
    for change in &decision.changes {
        assert!(world.entry(change.doc.clone()).or_default().apply(change), "{change:?} does not fit");
    }
    // The same file again changes nothing, and neither does what the plan is exported as.
    let again = preview(data, &event, &world);
    unchanged("the same file", &again);
    let csv = export::csv(&world[&DocId::Event(event.clone())], &world[&DocId::Roster]);
    let back = preview(csv.as_bytes(), &event, &world);
    sound(&back, csv.as_bytes());
    unchanged("the export", &back);
}

/// Every error names a line of the file.
fn sound(preview: &Preview, data: &[u8]) {
    let lines = 1 + data.iter().filter(|b| **b == b'\n').count() as u32;
    assert!(preview.errors.len() <= ERRORS_MAX && preview.warnings.len() <= ERRORS_MAX);
    for error in preview.errors.iter().chain(&preview.warnings) {
        assert!((1..=lines).contains(&error.line), "{error:?} of {lines} lines");
        assert!(!error.message.is_empty() && error.message.len() < 2_000, "{error:?}");
    }
    assert!(preview.rows.iter().all(|row| (1..=lines).contains(&row.line)));
    assert!(preview.errors.is_empty() || preview.command.is_none());
}

fn unchanged(what: &str, preview: &Preview) {
    assert!(preview.errors.is_empty(), "{what}: {:?}", preview.errors);
    for row in &preview.rows {
        assert_eq!(row.action, Action::Unchanged, "{what}: {row:?}");
    }
}
