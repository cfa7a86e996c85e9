//! Random edits taken back among random edits of others.
#![allow(clippy::unwrap_used)]

mod support;

use proptest::prelude::*;
use support::invariants::{all_rows, check_places, check_plan};
use support::random::{commands, who};
use support::record::{Recording, undo, undo_all_the_same, user};
use wedsync_domain::{ChangeKind, Command, Field, Role, Table};

/// A helper's own time off is a request again when they change it, also back.
fn asks_again(after: &Recording, n: u8) -> bool {
    let decided = |c: &wedsync_domain::Change| {
        c.table == Table::TimeOff && matches!(c.kind, ChangeKind::Set { field: Field::Status, .. })
    };
    after.edits[&support::record::uuid(n)].changes.iter().any(decided)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_undo_gives_the_plan_before_and_a_redo_the_plan_after(
        steps in prop::collection::vec((commands(), 0u8..12), 1..60)
    ) {
        let mut now = Recording::default();
        for (json, n) in steps {
            if serde_json::from_value::<Command>(json.clone()).is_err() { continue };
            let actor = who(n);
            let before = now.clone();
            let Ok(decision) = now.try_edit(1, &actor, json.clone()) else { continue };
            let mut undone = now.clone();
            let back = undone.edit(2, &actor, undo(1));
            check_plan(&undone.plan);
            check_places(&now.plan, &undone.plan);
            if actor.role < Role::Coordinator && asks_again(&now, 1) { continue }
            prop_assert_eq!(&back.kept, &vec![], "{}", json);
            prop_assert_eq!(all_rows(&undone.plan), all_rows(&before.plan), "{}", json);

            let again = undone.edit(3, &actor, undo(2));
            prop_assert_eq!(&again.kept, &vec![], "{}", json);
            prop_assert_eq!(all_rows(&undone.plan), all_rows(&now.plan), "{}", json);
            prop_assert_eq!(decision.changes.is_empty(), again.changes.is_empty());
            undone.edit(4, &actor, undo(3));
            prop_assert_eq!(all_rows(&undone.plan), all_rows(&before.plan), "{}", json);
        }
    }

    #[test]
    fn among_edits_of_others_what_stands_is_taken_back_and_nothing_else(
        steps in prop::collection::vec((commands(), 0u8..12), 1..60), at in any::<prop::sample::Index>(), force: bool
    ) {
        let mut now = Recording::default();
        let at = at.index(steps.len()) as u8;
        for (i, (json, n)) in steps.iter().enumerate() {
            let i = i as u8;
            if serde_json::from_value::<Command>(json.clone()).is_err() { continue };
            let actor = user(if i == at { "u1" } else { "u2" }, who(*n));
            let _ = now.try_edit(i, &actor, json.clone());
        }
        let Some(edit) = now.edits.get(&support::record::uuid(at)).cloned() else { return Ok(()) };
        let coordinator = support::coordinator();
        let before = now.clone();
        let command = if force { undo_all_the_same(at) } else { undo(at) };
        let Ok(decision) = now.try_edit(200, &coordinator, command.clone()) else { return Ok(()) };
        check_plan(&now.plan);
        check_places(&before.plan, &now.plan);
        // Nothing but cells that the edit touched, and where it was asked for, what was built on its rows.
        for change in &decision.changes {
            let touched = edit.changes.iter().any(|c| (&c.doc, c.table, &c.row) == (&change.doc, change.table, &change.row));
            prop_assert!(touched || force, "{:?}", change);
        }
        for change in &edit.changes {
            let cell = |world: &Recording, field: Field| {
                let row = world.plan.get(&change.doc).and_then(|v| v.row(change.table, &change.row).cloned());
                row.map(|row| row.cell(field).clone())
            };
            if let ChangeKind::Set { field, before: old, .. } = &change.kind {
                let is_kept = decision.kept.iter().any(|k| k.doc == change.doc && k.row == change.row);
                let whole = decision.kept.iter().any(|k| k.doc == change.doc);
                let twice = edit.changes.iter().filter(|c| c.row == change.row && c.table == change.table).count() > 1;
                if !is_kept && !whole && !twice {
                    let is = cell(&now, *field).unwrap_or_default();
                    prop_assert_eq!(&is, old, "{:?} of {:?}", field, change);
                }
            }
        }
        // Taken back is taken back: asked again, nothing more happens.
        let again = now.try_edit(201, &coordinator, command).unwrap();
        prop_assert_eq!(again.changes, vec![]);
    }
}
