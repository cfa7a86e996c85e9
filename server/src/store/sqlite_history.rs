//! History in SQLite: each step down a page is a look-up in an index.

use super::history::{HistoryQuery, HistoryRows};
use super::sqlite::{SqliteStore, json, parse};
use super::{Result, Verdict};
use rusqlite::types::Value;
use rusqlite::{OptionalExtension, params, params_from_iter};
use wedsync_domain::ids::Uuid;
use wedsync_domain::{Change, DocId, Id, Table};

/// One index to look in, what must hold there, and the values of its parameters from `?3` on.
struct Way {
    index: &'static str,
    holds: &'static str,
    values: Vec<String>,
}

/// Where the rows of an answer lie: the newest that one of these finds.
fn ways(query: &HistoryQuery) -> Vec<Way> {
    let way = |index, holds, values: &[&str]| Way {
        index,
        holds,
        values: values.iter().map(|v| (*v).to_owned()).collect(),
    };
    let subject = &query.subject;
    let event = subject.event.as_ref().map(|event| DocId::Event(event.clone()).to_string());
    let (shifts, posts, helpers) = (Table::Assignments.name(), Table::Assigned.name(), Table::Helpers.name());
    let cell = "doc = ?3 AND tbl = ?4 AND row = ?5";
    match (&event, &subject.assignment, &subject.helper) {
        (Some(event), Some(shift), Some(helper)) => {
            vec![way("history_by_cell", cell, &[event, posts, &format!("{shift}.{helper}")])]
        }
        (Some(event), Some(shift), None) => {
            // '/' follows '.': all rows that begin with the shift's id and a dot.
            let from_to = "doc = ?3 AND tbl = ?4 AND row >= ?5 AND row < ?6";
            let (from, to) = (format!("{shift}."), format!("{shift}/"));
            vec![
                way("history_by_cell", cell, &[event, shifts, shift.as_str()]),
                way("history_by_cell", from_to, &[event, posts, &from, &to]),
            ]
        }
        (event, _, Some(helper)) => {
            let post = "tbl = 'assigned' AND substr(row, instr(row, '.') + 1) = ?3";
            match event {
                Some(event) => {
                    let of_event = "tbl = 'assigned' AND substr(row, instr(row, '.') + 1) = ?3 AND doc = ?4";
                    vec![way("history_by_post", of_event, &[helper.as_str(), event])]
                }
                None => vec![
                    way("history_by_post", post, &[helper.as_str()]),
                    way("history_by_doc", "doc = ?3", &[&DocId::Person(helper.clone()).to_string()]),
                    way("history_by_cell", cell, &[&DocId::Roster.to_string(), helpers, helper.as_str()]),
                ],
            }
        }
        (Some(event), None, None) => vec![way("history_by_doc", "doc = ?3", &[event])],
        (None, _, None) if query.by.is_some() => vec![way("history_by_user", "1", &[])],
        (None, _, None) => vec![way("history_by_org", "1", &[])],
    }
}

fn statement(way: &Way, query: &HistoryQuery) -> String {
    let by = if query.by.is_some() { format!("AND user = ?{}", way.values.len() + 3) } else { String::new() };
    let (index, holds) = (way.index, way.holds);
    format!(
        "SELECT id, user, uuid FROM history INDEXED BY {index} WHERE org = ?1 AND {holds} AND id < ?2 {by} \
         ORDER BY id DESC LIMIT 1"
    )
}

impl HistoryRows for SqliteStore {
    fn newest(&self, query: &HistoryQuery, below: u64) -> Result<Option<(u64, Id, Uuid)>> {
        type Found = (i64, String, [u8; 16]);
        let mut newest: Option<Found> = None;
        let columns = |r: &rusqlite::Row| Ok((r.get(0)?, r.get(1)?, r.get(2)?));
        let below = i64::try_from(below).unwrap_or(i64::MAX);
        if let Some(uuid) = query.edit {
            newest = self
                .db
                .prepare_cached(
                    "SELECT id, user, uuid FROM history INDEXED BY history_by_uuid WHERE org = ?1 AND uuid = ?2 \
                     AND id < ?3 ORDER BY id DESC LIMIT 1",
                )?
                .query_row(params![self.org, uuid.0, below], columns)
                .optional()?;
        } else {
            for way in ways(query) {
                let mut values = vec![Value::from(self.org.clone()), Value::from(below)];
                values.extend(way.values.iter().cloned().map(Value::from));
                values.extend(query.by.iter().map(|by| Value::from(by.to_string())));
                let found: Option<Found> = self
                    .db
                    .prepare_cached(&statement(&way, query))?
                    .query_row(params_from_iter(values), columns)
                    .optional()?;
                newest = newest.max(found);
            }
        }
        newest.map(|(id, user, uuid)| Ok((id as u64, parse(user)?, Uuid(uuid)))).transpose()
    }

    fn of_edit(&self, user: &Id, uuid: Uuid) -> Result<Vec<(u64, Change)>> {
        let mut query = self.db.prepare_cached(
            "SELECT id, change FROM history INDEXED BY history_by_uuid WHERE org = ?1 AND uuid = ?2 AND user = ?3 \
             ORDER BY id",
        )?;
        let rows = query.query_map(params![self.org, uuid.0, user.as_str()], |r| {
            Ok((r.get::<_, i64>(0)?, r.get::<_, String>(1)?))
        })?;
        rows.map(|row| row.map_err(Into::into).and_then(|(id, change)| Ok((id as u64, json(&change)?))))
            .collect()
    }

    fn verdict_on(&self, user: &Id, uuid: Uuid) -> Result<Option<Verdict>> {
        self.first_verdict(user, uuid)
    }

    fn is_deleted(&self, doc: &DocId) -> Result<bool> {
        let deleted: Option<bool> = self
            .db
            .prepare_cached("SELECT deleted FROM docs WHERE org = ?1 AND doc = ?2")?
            .query_row(params![self.org, doc.to_string()], |r| r.get(0))
            .optional()?;
        Ok(deleted.unwrap_or(false))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::prepare;
    use wedsync_domain::history::Subject;

    #[test]
    fn every_filter_is_answered_by_an_index_without_sorting_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hub.sqlite");
        prepare(&path).unwrap();
        let store = SqliteStore::open(&path, &"party".parse().unwrap()).unwrap();
        let id = |text: &str| Some(text.parse::<Id>().unwrap());
        let subject = |event: &str, shift: &str, helper: &str| Subject {
            event: id(event).filter(|_| event != "no"),
            assignment: id(shift).filter(|_| shift != "no"),
            helper: id(helper).filter(|_| helper != "no"),
        };
        let whole = [("no", "no", "no"), ("e", "no", "no"), ("no", "no", "h")];
        for (event, shift, helper) in
            whole.into_iter().chain([("e", "a", "no"), ("e", "a", "h"), ("e", "no", "h")])
        {
            for by in [None, id("anna")] {
                let query =
                    HistoryQuery { subject: subject(event, shift, helper), by, ..HistoryQuery::default() };
                for way in ways(&query) {
                    let mut explain =
                        store.db.prepare(&format!("EXPLAIN QUERY PLAN {}", statement(&way, &query))).unwrap();
                    let count = explain.parameter_count();
                    let rows =
                        explain.query_map(params_from_iter(vec!["x"; count]), |r| r.get::<_, String>(3));
                    let plan = rows.unwrap().collect::<rusqlite::Result<Vec<_>>>().unwrap().join("; ");
                    assert!(plan.starts_with("SEARCH history USING"), "{plan}");
                    assert!(plan.contains(way.index), "{plan}");
                    // Only the few posts of one shift are sorted.
                    assert_eq!(plan.contains("TEMP B-TREE"), way.holds.contains("row >="), "{plan}");
                }
            }
        }
    }
}
