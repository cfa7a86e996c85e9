//! Commands from JSON. By hand: what serde derives for a `type` inside of the object is code of its own for each command,
//! together a tenth of what a phone downloads.

use std::fmt;
use std::str::FromStr;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value as Json};

use super::{Busy, Command, Fields, Hours, ImportPlace, ImportShift, Post};
use crate::ids::{Id, Uuid};
use crate::schema::Field;
use crate::value::Value;

/// Why a JSON value is no command.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum NotACommand {
    #[error("there is no command of the type `{0}`")]
    UnknownType(String),
    #[error("{0}")]
    Invalid(String),
}

type Parsed<T> = Result<T, String>;

/// JSON in which no name stands twice in an object: two readers could take two different values for it.
struct Unambiguous(Json);

impl<'de> Deserialize<'de> for Unambiguous {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Unambiguous, D::Error> {
        deserializer.deserialize_any(Unambiguous(Json::Null))
    }
}

impl<'de> Visitor<'de> for Unambiguous {
    type Value = Unambiguous;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Unambiguous, E> {
        Ok(Unambiguous(Json::Null))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Unambiguous, E> {
        Ok(Unambiguous(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Unambiguous, E> {
        Ok(Unambiguous(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Unambiguous, E> {
        Ok(Unambiguous(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Unambiguous, E> {
        Ok(Unambiguous(value.into()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Unambiguous, E> {
        Ok(Unambiguous(value.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Unambiguous, A::Error> {
        let mut list = Vec::new();
        while let Some(Unambiguous(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(Unambiguous(Json::Array(list)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Unambiguous, A::Error> {
        let mut object = Map::new();
        while let Some((name, Unambiguous(value))) = entries.next_entry::<String, Unambiguous>()? {
            if object.contains_key(&name) {
                return Err(A::Error::custom(format!("`{name}` stands twice in one object")));
            }
            object.insert(name, value);
        }
        Ok(Unambiguous(Json::Object(object)))
    }
}

/// What a command's object holds, taken out by name.
struct Args(Map<String, Json>);

impl Args {
    fn of(json: Json) -> Parsed<Args> {
        match json {
            Json::Object(args) => Ok(Args(args)),
            _ => Err("is not an object".to_owned()),
        }
    }

    fn take<T: Arg>(&mut self, name: &str) -> Parsed<T> {
        let json = self.0.remove(name).ok_or_else(|| format!("`{name}` is missing"))?;
        T::arg(json).map_err(|why| format!("`{name}` {why}"))
    }

    /// The same, for what may be left out.
    fn maybe<T: Arg + Default>(&mut self, name: &str) -> Parsed<T> {
        match self.0.get(name) {
            None | Some(Json::Null) => Ok(T::default()),
            Some(_) => self.take(name),
        }
    }
}

/// What can stand in a command. The error follows upon its name.
trait Arg: Sized {
    fn arg(json: Json) -> Parsed<Self>;
}

impl Arg for String {
    fn arg(json: Json) -> Parsed<String> {
        match json {
            Json::String(text) => Ok(text),
            _ => Err("is not a text".to_owned()),
        }
    }
}

fn parsed<T: FromStr<Err: fmt::Display>>(json: Json) -> Parsed<T> {
    String::arg(json)?.parse().map_err(|e: T::Err| format!("is {e}"))
}

impl Arg for Id {
    fn arg(json: Json) -> Parsed<Id> {
        parsed(json)
    }
}

impl Arg for Uuid {
    fn arg(json: Json) -> Parsed<Uuid> {
        parsed(json)
    }
}

impl Arg for bool {
    fn arg(json: Json) -> Parsed<bool> {
        json.as_bool().ok_or_else(|| "is neither true nor false".to_owned())
    }
}

impl Arg for u16 {
    fn arg(json: Json) -> Parsed<u16> {
        let number = json.as_u64().and_then(|n| u16::try_from(n).ok());
        number.ok_or_else(|| "is not a whole number from 0 to 65535".to_owned())
    }
}

impl<T: Arg> Arg for Option<T> {
    fn arg(json: Json) -> Parsed<Option<T>> {
        if json.is_null() { Ok(None) } else { T::arg(json).map(Some) }
    }
}

impl<T: Arg> Arg for Vec<T> {
    fn arg(json: Json) -> Parsed<Vec<T>> {
        let Json::Array(items) = json else { return Err("is not a list".to_owned()) };
        let mut list = Vec::with_capacity(items.len());
        for (place, item) in items.into_iter().enumerate() {
            list.push(T::arg(item).map_err(|why| format!("[{place}] {why}"))?);
        }
        Ok(list)
    }
}

impl Arg for Fields {
    fn arg(json: Json) -> Parsed<Fields> {
        let mut fields = Vec::new();
        for (name, json) in Args::of(json)?.0 {
            let field = Field::parse(&name).ok_or_else(|| format!("has the unknown field `{name}`"))?;
            fields.push((field, Value::try_from(json).map_err(|why| format!("has in `{name}` {why}"))?));
        }
        Ok(Fields::from(fields))
    }
}

impl Arg for Post {
    fn arg(json: Json) -> Parsed<Post> {
        let mut args = Args::of(json)?;
        Ok(Post { assignment: args.take("assignment")?, helper: args.take("helper")? })
    }
}

impl Arg for Hours {
    fn arg(json: Json) -> Parsed<Hours> {
        let mut args = Args::of(json)?;
        Ok(Hours { from: args.take("from")?, to: args.take("to")? })
    }
}

impl Arg for Busy {
    fn arg(json: Json) -> Parsed<Busy> {
        let mut args = Args::of(json)?;
        Ok(Busy {
            start: args.take("start")?,
            end: args.take("end")?,
            zone: args.take("zone")?,
            kind: args.take("kind")?,
            event: args.maybe("event")?,
            assignment: args.maybe("assignment")?,
        })
    }
}

impl Arg for ImportPlace {
    fn arg(json: Json) -> Parsed<ImportPlace> {
        let mut args = Args::of(json)?;
        Ok(ImportPlace { place: args.take("place")?, fields: args.take("fields")? })
    }
}

impl Arg for ImportShift {
    fn arg(json: Json) -> Parsed<ImportShift> {
        let mut args = Args::of(json)?;
        Ok(ImportShift {
            assignment: args.take("assignment")?,
            fields: args.take("fields")?,
            saw: args.maybe("saw")?,
        })
    }
}

pub(super) fn from_json(json: &[u8]) -> Result<Command, NotACommand> {
    let Unambiguous(json) = serde_json::from_slice(json).map_err(|e| NotACommand::Invalid(e.to_string()))?;
    parse(json)
}

fn parse(json: Json) -> Result<Command, NotACommand> {
    let mut args = Args::of(json).map_err(|why| NotACommand::Invalid(format!("it {why}")))?;
    let name: String = args.take("type").map_err(NotACommand::Invalid)?;
    match command(&name, args) {
        Some(parsed) => parsed.map_err(|why| NotACommand::Invalid(format!("{name}: {why}"))),
        None => Err(NotACommand::UnknownType(name.chars().take(80).collect())),
    }
}

/// Nothing where there is no command of this name.
fn command(name: &str, mut a: Args) -> Option<Parsed<Command>> {
    use Command as C;
    // A closure, so that `?` ends with the error.
    macro_rules! of {
        ($variant:ident { $($field:ident: $how:ident),* $(,)? }) => {
            (|| Ok(C::$variant { $($field: a.$how(stringify!($field))?),* }))()
        };
    }
    Some(match name {
        "create_event" => of!(CreateEvent { event: take, fields: take }),
        "update_event" => of!(UpdateEvent { event: take, set: take, saw: maybe }),
        "archive_event" => of!(ArchiveEvent { event: take, archived: take }),
        "create_assignment" => of!(CreateAssignment { event: take, assignment: take, fields: take }),
        "update_assignment" => of!(UpdateAssignment { event: take, assignment: take, set: take, saw: maybe }),
        "move_assignment" => of!(MoveAssignment { event: take, assignment: take, set: take, saw: maybe }),
        "split_assignment" => of!(SplitAssignment {
            event: take,
            assignment: take,
            second: take,
            at: take,
            unassign: maybe,
            assign: maybe,
        }),
        "cancel_assignment" => of!(CancelAssignment { event: take, assignment: take, cancelled: take }),
        "assign" => of!(Assign { event: take, assignment: take, helper: take }),
        "reassign" => of!(Reassign { event: take, from: take, to: take, helper: take }),
        "substitute" => of!(Substitute { event: take, assignment: take, from: take, to: take }),
        "unassign" => of!(Unassign { event: take, assignment: take, helper: take }),
        "staff" => of!(Staff { event: take, unassign: maybe, assign: maybe }),
        "claim" => of!(Claim { event: take, assignment: take }),
        "accept" => of!(Accept { event: take, assignment: take, helper: take }),
        "decline" => of!(Decline { event: take, assignment: take, helper: take }),
        "check_in" => of!(CheckIn { event: take, assignment: take, helper: take }),
        "complete" => of!(Complete { event: take, assignment: take, helper: take }),
        "add_helper" => of!(AddHelper { helper: take, fields: take, contact: maybe }),
        "update_helper" => of!(UpdateHelper { helper: take, set: take, saw: maybe }),
        "update_contact" => of!(UpdateContact { helper: take, set: take, saw: maybe }),
        "update_limits" => of!(UpdateLimits { helper: take, set: take, saw: maybe }),
        "add_place" => of!(AddPlace { place: take, fields: take }),
        "update_place" => of!(UpdatePlace { place: take, set: take, saw: maybe }),
        "set_travel" => of!(SetTravel { from: take, to: take, minutes: maybe }),
        "update_rules" => of!(UpdateRules { set: take, saw: maybe }),
        "set_working_hours" => of!(SetWorkingHours { helper: take, day: take, hours: maybe }),
        "set_day_off" => of!(SetDayOff { helper: take, day: take }),
        "add_time_off" => of!(AddTimeOff { helper: take, time_off: take, fields: take }),
        "update_time_off" => of!(UpdateTimeOff { helper: take, time_off: take, set: take, saw: maybe }),
        "decide_time_off" => of!(DecideTimeOff { helper: take, time_off: take, approved: take }),
        "remove_time_off" => of!(RemoveTimeOff { helper: take, time_off: take }),
        "import_busy" => of!(ImportBusy { helper: take, calendar: take, fields: take, busy: take }),
        "remove_calendar" => of!(RemoveCalendar { helper: take, calendar: take }),
        "import_shifts" => of!(ImportShifts { event: take, places: take, shifts: take }),
        "edit_note" => of!(EditNote { event: take, assignment: take, update: take }),
        "undo" => of!(Undo { mutation: take, by: maybe, also_changed: maybe }),
        "delete_event" => of!(DeleteEvent { event: take }),
        _ => return None,
    })
}

impl<'de> Deserialize<'de> for Command {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Command, D::Error> {
        parse(Unambiguous::deserialize(deserializer)?.0).map_err(D::Error::custom)
    }
}
