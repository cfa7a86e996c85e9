//! What an edit did, in one sentence without its subject: "moved Bar from 14:00–16:00 to 15:00–17:00".

use super::cells::{RowChanges, by_row};
use super::lines::{about, way};
use super::{Record, RowCounts};
use crate::change::{Change, ChangeKind};
use crate::ids::{DocId, Id};
use crate::project::Names;
use crate::project::words::{label, list, on, span, value, when};
use crate::role::Actor;
use crate::schema::{Field, Table};
use crate::value::Value;
use crate::view::World;

/// Longest value that stands in a sentence, in characters; the lines have it in any case.
const VALUE_MAX: usize = 40;

/// `changes` are those that may be told.
pub(super) fn sentence(record: &Record, changes: &[Change], world: &dyn World, reader: &Actor) -> String {
    let names = Names { world };
    let own =
        reader.helper.as_ref().filter(|_| reader.user == record.user).map(|helper| names.helper(helper));
    let teller = Teller { author: own.or_else(|| record.name.clone()), names };
    match record.kind.as_str() {
        "undo" => {
            let taken_back: Vec<Change> = changes.iter().rev().map(Change::inverse).collect();
            format!("took back: {}", teller.told("", &taken_back, &inverse(&record.rows)))
        }
        kind => teller.told(kind, changes, &record.rows),
    }
}

fn inverse(rows: &RowCounts) -> RowCounts {
    RowCounts { inserted: rows.removed.clone(), removed: rows.inserted.clone(), ..rows.clone() }
}

struct Teller<'a> {
    names: Names<'a>,
    /// The author's name, as a helper's.
    author: Option<String>,
}

impl Teller<'_> {
    fn told(&self, kind: &str, changes: &[Change], counts: &RowCounts) -> String {
        let rows = by_row(changes);
        let rows: Vec<RowChanges> = rows.iter().filter_map(|row| of(row)).collect();
        // Contact, busy times and places that came with something else are not what it was about.
        let main: Vec<&RowChanges> = rows.iter().filter(|row| !is_beside(row, &rows)).collect();
        let all = counts.changes as usize <= changes.len();
        let one = match (kind, main.as_slice()) {
            ("import_shifts", _) => Some(imported(counts)),
            ("split_assignment", _) => self.split(&main),
            ("claim", [post]) => self.shift_of(post).map(|shift| format!("took a place on {shift}")),
            (_, [row]) if all => self.row(row),
            (_, [a, b]) if all => self.exchange(a, b),
            (_, all_rows) if all => self.same_calendar(all_rows),
            _ => None,
        };
        one.unwrap_or_else(|| summary(counts))
    }

    fn row(&self, row: &RowChanges) -> Option<String> {
        let about = about(row, &self.names);
        let (doc, table) = (row.doc, row.table);
        let text = match (doc, table, row.whole()) {
            (_, Table::Assigned, _) => return self.post(row),
            (DocId::Person(helper), Table::TimeOff, whole) => self.time_off(helper, row, whole),
            (DocId::Person(helper), Table::Hours, _) => self.hours(helper, row),
            (DocId::Person(helper), Table::Calendars, whole) => self.calendar(helper, row, whole),
            (_, Table::Facts, Some(ChangeKind::Insert { .. })) => {
                format!("created the event {}", row.text(Field::Title).unwrap_or_default())
            }
            (_, Table::Assignments, Some(ChangeKind::Insert { .. })) => format!("created {about}"),
            (_, Table::Helpers, Some(ChangeKind::Insert { .. })) => {
                format!("added {}", row.text(Field::Name).unwrap_or_default())
            }
            (_, Table::Places, Some(ChangeKind::Insert { .. })) => {
                format!("added the place {}", row.text(Field::Name).unwrap_or_default())
            }
            (_, _, Some(ChangeKind::Remove { .. })) => match row.text(Field::Name) {
                Some(name) => format!("removed {name}"),
                None => format!("removed {about}"),
            },
            (_, _, Some(_)) => return None,
            (DocId::Event(event), Table::Assignments, None) => self.shift(event, row, &about),
            (_, Table::Places, None) => self.fields(row, &format!("the place {about}")),
            (_, Table::Travel, None) => {
                self.fields_of("changed the way from", row, &way(row.row, &self.names)?)
            }
            (_, Table::Rules, None) => self.fields_for(row, "everybody"),
            _ => self.fields(row, &about),
        };
        Some(text)
    }

    /// Cells of a shift that is there.
    fn shift(&self, event: &Id, row: &RowChanges, about: &str) -> String {
        let (before, after) = (row.before(), row.after());
        if let (1, Some(status)) = (after.len(), after.get(&Field::Status).and_then(Value::text)) {
            let verb = if status == "cancelled" { "cancelled" } else { "brought back" };
            return format!("{verb} {about}");
        }
        let only = |fields: &[Field]| after.keys().all(|field| fields.contains(field));
        let title = row.row.parse().map_or_else(|_| "a shift".to_owned(), |id| self.names.title(event, &id));
        let text = |fields: &crate::command::Fields, field: Field| {
            fields.get(&field).and_then(Value::text).unwrap_or_default().to_owned()
        };
        let place = after.get(&Field::Place).and_then(|v| value(row.table, Field::Place, v, &self.names));
        let was = before.get(&Field::Place).and_then(|v| value(row.table, Field::Place, v, &self.names));
        let moves = [Field::Start, Field::End, Field::Place, Field::Zone, Field::Fold];
        if after.contains_key(&Field::Start) && after.contains_key(&Field::End) && only(&moves) {
            let (from, to) = (text(&before, Field::Start), text(&after, Field::Start));
            let with_day = from.get(..10) != to.get(..10);
            let from = span(&from, &text(&before, Field::End), with_day);
            let to = span(&to, &text(&after, Field::End), with_day);
            let place = place.map(|place| format!(", {place}")).unwrap_or_default();
            return format!("moved {title} from {from} to {to}{place}");
        }
        match (only(&[Field::Place]), was, place) {
            (true, Some(was), Some(place)) => format!("moved {title} from {was} to {place}"),
            (true, None, Some(place)) => format!("moved {title} to {place}"),
            _ => self.fields(row, about),
        }
    }

    /// "changed title of Bar from Tap to Bar", "archived Anna"
    fn fields(&self, row: &RowChanges, about: &str) -> String {
        if let (1, Some(archived)) = (row.after().len(), row.after().get(&Field::Archived)) {
            let verb = if archived.bool() == Some(true) { "archived" } else { "brought back" };
            return format!("{verb} {about}");
        }
        self.fields_of(&format!("changed {} of", labels(row)), row, about)
    }

    fn fields_for(&self, row: &RowChanges, about: &str) -> String {
        self.fields_of(&format!("changed {} for", labels(row)), row, about)
    }

    fn fields_of(&self, verb: &str, row: &RowChanges, about: &str) -> String {
        let (before, after) = (row.before(), row.after());
        let words = |fields: &crate::command::Fields| {
            let (field, cell) = fields.first_key_value()?;
            let text = value(row.table, *field, cell, &self.names).unwrap_or_else(|| "nothing".to_owned());
            (fields.len() == 1 && text.chars().count() <= VALUE_MAX && !text.contains('\n')).then_some(text)
        };
        match (words(&before), words(&after)) {
            (Some(before), Some(after)) => format!("{verb} {about} from {before} to {after}"),
            _ => format!("{verb} {about}"),
        }
    }

    fn shift_of(&self, post: &RowChanges) -> Option<String> {
        let DocId::Event(event) = post.doc else { return None };
        let (shift, _) = post.row.split_once('.')?;
        Some(self.names.shift(event, &shift.parse().ok()?))
    }

    fn post(&self, row: &RowChanges) -> Option<String> {
        let (_, helper) = row.row.split_once('.')?;
        let (shift, helper) = (self.shift_of(row)?, self.names.helper(&helper.parse().ok()?));
        // Who answers for themself; people and helpers are known by their names only.
        let is_self = self.author.as_ref() == Some(&helper);
        let of = |verb: &str| {
            if is_self { format!("{verb} {shift}") } else { format!("{verb} {shift}, for {helper}") }
        };
        Some(match row.whole() {
            Some(ChangeKind::Insert { .. }) => format!("put {helper} on {shift}"),
            Some(_) => format!("took {helper} off {shift}"),
            None => match row.after().get(&Field::Status).and_then(Value::text)? {
                "accepted" => of("accepted"),
                "declined" => of("declined"),
                "checked_in" if is_self => format!("checked in to {shift}"),
                "checked_in" => format!("checked in {helper} to {shift}"),
                "completed" => of("completed"),
                _ => format!("asked {helper} again for {shift}"),
            },
        })
    }

    /// One came where the other left: on a shift, or from shift to shift.
    fn exchange(&self, a: &RowChanges, b: &RowChanges) -> Option<String> {
        let (left, come) = if matches!(a.whole(), Some(ChangeKind::Remove { .. })) { (a, b) } else { (b, a) };
        let is = |row: &RowChanges, removed: bool| {
            row.table == Table::Assigned && matches!(row.whole(), Some(ChangeKind::Remove { .. })) == removed
        };
        if !is(left, true) || !is(come, false) {
            return None;
        }
        let ((from, leaver), (to, comer)) = (left.row.split_once('.')?, come.row.split_once('.')?);
        let name = |helper: &str| helper.parse().ok().map(|id| self.names.helper(&id));
        if from == to {
            let shift = self.shift_of(left)?;
            return Some(format!("replaced {} by {} on {shift}", name(leaver)?, name(comer)?));
        }
        if leaver != comer {
            return None;
        }
        let DocId::Event(event) = left.doc else { return None };
        let from = self.names.title(event, &from.parse().ok()?);
        Some(format!("moved {} from {from} to {}", name(leaver)?, self.shift_of(come)?))
    }

    fn split(&self, rows: &[&RowChanges]) -> Option<String> {
        let first = rows.iter().find(|row| row.table == Table::Assignments && row.whole().is_none())?;
        let after = first.after();
        let at = when(after.get(&Field::End).and_then(Value::text)?);
        Some(format!("split {}, at {}", about(first, &self.names), at.rsplit(' ').next()?))
    }

    fn time_off(&self, helper: &Id, row: &RowChanges, whole: Option<&ChangeKind>) -> String {
        let name = self.names.helper(helper);
        let start = when(row.text(Field::Start).unwrap_or_default());
        match whole {
            Some(ChangeKind::Insert { .. }) => format!("entered time off of {name}{start}"),
            Some(_) => format!("removed time off of {name}{start}"),
            None => {
                let after = row.after();
                let about = about(row, &self.names);
                match (after.len(), after.get(&Field::Status).and_then(Value::text)) {
                    (1, Some("approved")) => format!("approved time off of {about}"),
                    (1, Some("rejected")) => format!("rejected time off of {about}"),
                    _ => format!("changed time off of {about}"),
                }
            }
        }
    }

    fn hours(&self, helper: &Id, row: &RowChanges) -> String {
        let (name, day) = (self.names.helper(helper), on(row.row));
        let after = row.after();
        let text = |field: Field| after.get(&field).and_then(Value::text);
        match (text(Field::From), text(Field::To), after.get(&Field::Off).and_then(Value::bool)) {
            (Some(from), Some(to), _) => format!("set hours of {name} on {day} to {from}–{to}"),
            (_, _, Some(true)) => format!("gave {name} {day} off"),
            (None, None, _) => format!("removed hours of {name} on {day}"),
            _ => format!("changed hours of {name} on {day}"),
        }
    }

    fn calendar(&self, helper: &Id, row: &RowChanges, whole: Option<&ChangeKind>) -> String {
        let name = self.names.helper(helper);
        match whole {
            Some(ChangeKind::Remove { .. }) => format!("forgot a calendar of {name}"),
            _ => format!("read {} for {name}", row.text(Field::Name).unwrap_or("a calendar")),
        }
    }

    /// Where only busy times moved, their calendar was read again.
    fn same_calendar(&self, rows: &[&RowChanges]) -> Option<String> {
        let DocId::Person(helper) = rows.first()?.doc else { return None };
        let busy = rows.iter().all(|row| row.table == Table::Busy);
        busy.then(|| format!("read a calendar for {}", self.names.helper(helper)))
    }
}

fn of(row: &[Change]) -> Option<RowChanges<'_>> {
    let first = row.first()?;
    Some(RowChanges { doc: &first.doc, table: first.table, row: &first.row, changes: row })
}

/// Whether a row only came along with another.
fn is_beside(row: &RowChanges, rows: &[RowChanges]) -> bool {
    let has = |table: Table| rows.iter().any(|other| other.table == table);
    match row.table {
        Table::Contact => has(Table::Helpers),
        Table::Busy => has(Table::Calendars),
        Table::Places => has(Table::Assignments),
        Table::Meta => true,
        _ => false,
    }
}

fn labels(row: &RowChanges) -> String {
    list(row.after().keys().map(|field| label(*field)).collect())
}

fn imported(counts: &RowCounts) -> String {
    let of = |rows: &crate::ordered::OrdMap<Table, u32>| rows.get(&Table::Assignments).copied().unwrap_or(0);
    format!("imported {}", plural(of(&counts.inserted) + of(&counts.set), "shift"))
}

/// "created 2 shifts, filled 12 places and changed 1 reply"
fn summary(counts: &RowCounts) -> String {
    let thing = |table: Table| match table {
        Table::Facts => "event",
        Table::Assignments => "shift",
        Table::Helpers => "helper",
        Table::Places => "location",
        Table::TimeOff => "time off",
        Table::Busy => "busy time",
        Table::Calendars => "calendar",
        Table::Hours => "working day",
        _ => "entry",
    };
    let mut parts = Vec::new();
    for (verb, posts, rows) in [
        ("created", "filled", &counts.inserted),
        ("removed", "emptied", &counts.removed),
        ("changed", "changed", &counts.set),
    ] {
        for (table, count) in rows {
            parts.push(match (*table, verb) {
                (Table::Meta, _) => continue,
                (Table::Assigned, "changed") => format!("changed {}", replies(*count)),
                (Table::Assigned, _) => format!("{posts} {}", plural(*count, "place")),
                (table, verb) => format!("{verb} {}", plural(*count, thing(table))),
            });
        }
    }
    list(parts)
}

fn replies(count: u32) -> String {
    if count == 1 { "1 reply".to_owned() } else { format!("{count} replies") }
}

fn plural(count: u32, thing: &str) -> String {
    match (count, thing) {
        (1, thing) => format!("1 {thing}"),
        (count, "entry") => format!("{count} entries"),
        (count, thing) => format!("{count} {thing}s"),
    }
}
