//! Fills in what the author of an edit saw, where the caller left it out.

use crate::command::{Command, Fields};
use crate::ids::{DocId, Id};
use crate::schema::{Table, single_row};
use crate::view::World;

impl Command {
    /// For each field that is set and has no `saw`: the value in `world`, which is what the author looks at.
    pub fn fill_saw(&mut self, world: &dyn World) {
        use Command as C;
        let event = |e: &Id| DocId::Event(e.clone());
        let (doc, table, row, set, saw) = match self {
            C::UpdateEvent { event: e, set, saw } => {
                (event(e), Table::Facts, single_row(Table::Facts), set, saw)
            }
            C::UpdateAssignment { event: e, assignment, set, saw }
            | C::MoveAssignment { event: e, assignment, set, saw } => {
                (event(e), Table::Assignments, assignment.as_str(), set, saw)
            }
            C::UpdateHelper { helper, set, saw } => {
                (DocId::Roster, Table::Helpers, helper.as_str(), set, saw)
            }
            C::UpdatePlace { place, set, saw } => (DocId::Roster, Table::Places, place.as_str(), set, saw),
            C::UpdateContact { helper, set, saw } => {
                let row = single_row(Table::Contact);
                (DocId::Person(helper.clone()), Table::Contact, row, set, saw)
            }
            C::UpdateLimits { helper, set, saw } => {
                let row = single_row(Table::Limits);
                (DocId::Person(helper.clone()), Table::Limits, row, set, saw)
            }
            C::UpdateTimeOff { helper, time_off, set, saw } => {
                (DocId::Person(helper.clone()), Table::TimeOff, time_off.as_str(), set, saw)
            }
            C::UpdateRules { set, saw } => (DocId::Roster, Table::Rules, single_row(Table::Rules), set, saw),
            _ => return,
        };
        fill(world, &doc, table, row, set, saw);
    }
}

fn fill(world: &dyn World, doc: &DocId, table: Table, row: &str, set: &Fields, saw: &mut Fields) {
    let Some(row) = world.doc(doc).and_then(|view| view.row(table, row)) else { return };
    for field in set.keys() {
        saw.entry(*field).or_insert_with(|| row.cell(*field).clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::{DocView, Row};
    use crate::{Field, Value};
    use std::collections::BTreeMap;

    #[test]
    fn what_the_caller_says_stays_and_the_rest_is_filled_in() {
        let mut view = DocView::default();
        view.insert(Table::Assignments, "a1", Row::from_iter([(Field::Title, Value::from("Bar"))]));
        let world = BTreeMap::from([("event/e1".parse::<DocId>().unwrap(), view)]);
        let json = r#"{"type":"update_assignment","event":"e1","assignment":"a1",
            "set":{"title":"Tea","team":"x","note":"n"},"saw":{"team":"mine"}}"#;
        let mut command = Command::from_json(json.as_bytes()).unwrap();
        command.fill_saw(&world);
        let Command::UpdateAssignment { saw, .. } = command else { panic!() };
        assert_eq!(saw[&Field::Title], Value::from("Bar"));
        assert_eq!(saw[&Field::Team], Value::from("mine"));
        assert_eq!(saw[&Field::Note], Value::Null);
    }
}
