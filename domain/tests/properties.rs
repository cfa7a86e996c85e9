//! Random plans: views and documents stay equal, and every change can be taken back.
#![allow(clippy::unwrap_used)]

mod support;

use proptest::prelude::*;
use std::collections::BTreeMap;
use support::World;
use support::invariants::{all_rows, apply_all, check_places, check_plan, rows};
use support::random::{arbitrary_json, commands, who};
use wedsync_domain::document::{apply_update, new_doc, read, write};
use wedsync_domain::{Change, Command, DocId, decide};

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn views_and_documents_agree_and_changes_can_be_taken_back(
        steps in prop::collection::vec((commands(), 0u8..12), 1..60)
    ) {
        let mut world = World::new();
        let mut docs: BTreeMap<DocId, (yrs::Doc, yrs::Doc)> = BTreeMap::new();
        for (i, (json, n)) in steps.iter().enumerate() {
            let Ok(command) = serde_json::from_value::<Command>(json.clone()) else { continue };
            prop_assert_eq!(&Command::from_json(&command.to_json()).unwrap(), &command);
            let before = world.clone();
            let Ok(decision) = decide(&world, &who(*n), &command) else { continue };
            prop_assert_eq!(&decide(&world, &who(*n), &command), &Ok(decision.clone()), "the same answer again");
            apply_all(&mut world, &decision.changes);
            check_plan(&world);
            check_places(&before, &world);
            prop_assert!(decision.changes.iter().all(|c| command.docs(&world).contains(&c.doc)));

            // As the hub does: one transaction a document. A replica gets the updates only.
            for doc in decision.changes.iter().map(|c| &c.doc).collect::<std::collections::BTreeSet<_>>() {
                let changes: Vec<Change> = decision.changes.iter().filter(|c| c.doc == *doc).cloned().collect();
                let (hub, replica) = docs.entry(doc.clone()).or_insert_with(|| (new_doc(1), new_doc(100 + i as u64)));
                let update = write(hub, &changes);
                apply_update(replica, &update).unwrap();
                prop_assert_eq!(rows(&read(hub, doc)), rows(&world[doc]));
                prop_assert_eq!(read(replica, doc), read(hub, doc));
            }

            let mut undone = world.clone();
            let inverses: Vec<Change> = decision.changes.iter().rev().map(Change::inverse).collect();
            apply_all(&mut undone, &inverses);
            prop_assert_eq!(all_rows(&undone), all_rows(&before));

            // Judged again after it stood: what sets a state finds it set already.
            if let Ok(again) = decide(&world, &who(*n), &command) {
                prop_assert_eq!(again.changes, vec![], "{}", json);
            }
        }
    }

    #[test]
    fn no_command_makes_decide_panic(jsons in prop::collection::vec((arbitrary_json(), 0u8..6), 1..30)) {
        let mut world = support::world();
        for (json, n) in jsons {
            let Ok(command) = serde_json::from_value::<Command>(json) else { continue };
            if let Ok(decision) = decide(&world, &who(n), &command) {
                apply_all(&mut world, &decision.changes);
                check_plan(&world);
            }
            wedsync_domain::project::describe(&command, &world);
        }
    }
}
