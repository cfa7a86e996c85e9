//! Who changed what, over HTTP and JSON: `GET /v1/history`.

use crate::auth::AuthError;
use crate::hub::{Hub, now_ms};
use crate::manage::{ApiError, Person};
use crate::membership::{Membership, hex};
use crate::store::{HistoryQuery, RecordedEdit};
use axum::extract::{Json, Query, State};
use sha2::{Digest, Sha256};
use std::str::FromStr;
use std::sync::Arc;
use wedsync_domain::history::{Page, Record};
use wedsync_domain::{Actor, Id};
use wedsync_protocol::FaultCode;

const LIMIT: usize = 50;
const LIMIT_MAX: usize = 100;
const KIND_MAX: usize = 40;

/// A page of what was recorded, the newest first, of all that the caller may read now. Filters: `event`, `assignment`
/// (a shift of `event`), `helper`, `by` (a member), `kind` (a command's type), `since` and `until` (milliseconds since
/// 1970), `edit` (a uuid: that one, with all its changes). `before`: a cursor. `limit`: 1 to 100.
pub async fn read(
    State(hub): State<Arc<Hub>>,
    person: Person,
    Query(parameters): Query<Vec<(String, String)>>,
) -> Result<Json<Page>, ApiError> {
    let (org, actor) = (person.identity.org.clone(), person.member.actor());
    let asked = asked(&org, &parameters)?;
    let reader = actor.clone();
    let page = hub.history(&org, asked.query, move |doc| reader.may_read(doc)).await.map_err(|e| {
        tracing::error!(error = %e, "history could not be read");
        AuthError::new(FaultCode::TryLater, "the hub's store is not available; try again later")
    })?;
    let entries = page.edits.into_iter().map(|edit| record(edit, &person.team, &actor)).collect();
    let next = page.next.map(|below| cursor(&asked.scope, below));
    Ok(Json(Page { entries, next, at_ms: now_ms() }))
}

fn record(edit: RecordedEdit, team: &Membership, reader: &Actor) -> Record {
    let RecordedEdit { verdict, changes, rows } = edit;
    // What somebody's phone is called is their own and the planners' business.
    let device = verdict.device.as_ref().filter(|_| reader.role.plans() || reader.user == verdict.user);
    Record {
        uuid: verdict.uuid.to_string(),
        name: team.members.get(&verdict.user).map(|member| member.name.clone()),
        device: device.and_then(|id| team.devices.get(id)).map(|device| device.name.clone()),
        user: verdict.user,
        kind: verdict.kind,
        made_ms: verdict.made_ms,
        at_ms: verdict.at_ms,
        changes,
        rows,
    }
}

struct Asked {
    query: HistoryQuery,
    /// The organisation and the filters: a cursor goes on only where it came from.
    scope: String,
}

fn asked(org: &Id, parameters: &[(String, String)]) -> Result<Asked, ApiError> {
    let mut query = HistoryQuery { limit: LIMIT, ..HistoryQuery::default() };
    let mut filters: Vec<&(String, String)> =
        parameters.iter().filter(|(name, _)| name != "before" && name != "limit").collect();
    filters.sort();
    let scope = format!("{org} {filters:?}");
    for (i, (name, value)) in parameters.iter().enumerate() {
        if parameters[..i].iter().any(|(earlier, _)| earlier == name) {
            return Err(invalid(name, "is given twice"));
        }
        match name.as_str() {
            "event" => query.subject.event = Some(parsed(name, value, "must be an event's id")?),
            "assignment" => query.subject.assignment = Some(parsed(name, value, "must be a shift's id")?),
            "helper" => query.subject.helper = Some(parsed(name, value, "must be a helper's id")?),
            "by" => query.by = Some(parsed(name, value, "must be a member's id")?),
            "edit" => query.edit = Some(parsed(name, value, "must be the uuid of an edit")?),
            "since" => query.since_ms = Some(parsed(name, value, "must be milliseconds since 1970")?),
            "until" => query.until_ms = Some(parsed(name, value, "must be milliseconds since 1970")?),
            "kind" => query.kind = Some(kind(value)?),
            "limit" => query.limit = limit(value)?,
            "before" => query.below = Some(below(&scope, value)?),
            _ => {
                let known = "event, assignment, helper, by, kind, since, until, edit, before and limit";
                return Err(invalid(name, &format!("is not a filter; there are {known}")));
            }
        }
    }
    if query.subject.assignment.is_some() && query.subject.event.is_none() {
        return Err(invalid("assignment", "needs the 'event' that the shift belongs to"));
    }
    Ok(Asked { query, scope })
}

fn invalid(field: &str, what: &str) -> ApiError {
    let field: String = field.chars().take(KIND_MAX).collect();
    ApiError::Invalid { message: format!("'{field}' {what}"), field }
}

fn parsed<T: FromStr>(field: &str, value: &str, what: &str) -> Result<T, ApiError> {
    value.parse().map_err(|_| invalid(field, what))
}

fn kind(value: &str) -> Result<String, ApiError> {
    let is_kind = value.len() <= KIND_MAX && value.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    if is_kind && !value.is_empty() {
        return Ok(value.to_owned());
    }
    Err(invalid("kind", "must be the type of a command, like assign"))
}

fn limit(value: &str) -> Result<usize, ApiError> {
    let limit = value.parse().ok().filter(|limit| (1..=LIMIT_MAX).contains(limit));
    limit.ok_or_else(|| invalid("limit", &format!("must be a whole number from 1 to {LIMIT_MAX}")))
}

fn cursor(scope: &str, below: u64) -> String {
    let digest = hex(&Sha256::digest(format!("{scope} {below}")));
    format!("{below}.{}", &digest[..12])
}

fn below(scope: &str, text: &str) -> Result<u64, ApiError> {
    let below = text.split_once('.').and_then(|(below, _)| below.parse().ok());
    below.filter(|below| cursor(scope, *below) == text).ok_or_else(|| {
        invalid("before", "must be the 'next' of a page of the same filters; ask for the first page again")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::membership::{Device, Member};
    use crate::store::{Outcome, Verdict};
    use wedsync_domain::Role;
    use wedsync_domain::history::RowCounts;
    use wedsync_domain::ids::Uuid;

    fn id(text: &str) -> Id {
        text.parse().unwrap()
    }

    #[test]
    fn the_name_of_a_device_is_for_its_owner_and_for_planners() {
        let mut team = Membership::default();
        for (user, role) in [
            ("olga", Role::Coordinator),
            ("anna", Role::Helper),
            ("ben", Role::Helper),
            ("vera", Role::Viewer),
        ] {
            let member = Member { user: id(user), name: user.to_uppercase(), role, helper: None };
            team.members.insert(id(user), member);
        }
        let phone = Device {
            id: id("phone"),
            user: id("anna"),
            name: "Anna's phone".into(),
            x: String::new(),
            y: String::new(),
            created_ms: 0,
            last_seen_ms: 0,
            revoked: true,
        };
        team.devices.insert(id("phone"), phone);
        let verdict = Verdict {
            client: id("c"),
            n: 1,
            user: id("anna"),
            uuid: Uuid([1; 16]),
            content: [0; 32],
            outcome: Outcome::Stored { heads: vec![], replaced: vec![], kept: vec![] },
            device: Some(id("phone")),
            kind: "claim".into(),
            made_ms: 1,
            at_ms: 2,
        };
        let edit = RecordedEdit { verdict, changes: vec![], rows: RowCounts::default() };
        for (reader, seen) in [("olga", true), ("anna", true), ("ben", false), ("vera", false)] {
            let record = record(edit.clone(), &team, &team.members[&id(reader)].actor());
            assert_eq!(record.device.as_deref(), seen.then_some("Anna's phone"), "{reader}");
            assert_eq!(record.name.as_deref(), Some("ANNA"));
        }
        team.members.remove(&id("anna"));
        let reader = team.members[&id("olga")].actor();
        assert_eq!(record(edit, &team, &reader).name, None, "who left has no name here any more");
    }
}
