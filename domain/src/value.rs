//! What a cell of a structured document can hold.

use crate::ordered::sort;
use serde::de::Error as _;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// A cell's value. In JSON as itself: `null`, `true`, `7`, `"text"`, `["a", "b"]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(type = "null | boolean | number | string | string[]"))]
pub enum Value {
    /// Absent. Setting a cell to null removes it.
    #[default]
    Null,
    Bool(bool),
    Int(i64),
    Text(String),
    /// A set of words, such as skills, kept sorted and without doubles.
    Words(Vec<String>),
}

impl Value {
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }

    pub fn text(&self) -> Option<&str> {
        match self {
            Value::Text(t) => Some(t),
            _ => None,
        }
    }

    pub fn int(&self) -> Option<i64> {
        match self {
            Value::Int(i) => Some(*i),
            _ => None,
        }
    }

    pub fn bool(&self) -> Option<bool> {
        match self {
            Value::Bool(b) => Some(*b),
            _ => None,
        }
    }

    pub fn words(&self) -> &[String] {
        match self {
            Value::Words(w) => w,
            _ => &[],
        }
    }
}

impl From<&str> for Value {
    fn from(s: &str) -> Self {
        Value::Text(s.to_owned())
    }
}
impl From<String> for Value {
    fn from(s: String) -> Self {
        Value::Text(s)
    }
}
impl From<&crate::Id> for Value {
    fn from(id: &crate::Id) -> Self {
        Value::Text(id.as_str().to_owned())
    }
}
impl From<i64> for Value {
    fn from(i: i64) -> Self {
        Value::Int(i)
    }
}
impl From<bool> for Value {
    fn from(b: bool) -> Self {
        Value::Bool(b)
    }
}
impl From<Vec<String>> for Value {
    fn from(mut words: Vec<String>) -> Self {
        sort(&mut words);
        words.dedup();
        Value::Words(words)
    }
}
impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(v: Option<T>) -> Self {
        v.map_or(Value::Null, Into::into)
    }
}

// Human-readable formats (JSON, JavaScript objects) carry the value as itself; packed ones need a tag.
#[derive(Serialize, Deserialize)]
enum Packed {
    Null,
    Bool(bool),
    Int(i64),
    Text(String),
    Words(Vec<String>),
}

impl From<Packed> for Value {
    fn from(packed: Packed) -> Value {
        match packed {
            Packed::Null => Value::Null,
            Packed::Bool(b) => Value::Bool(b),
            Packed::Int(i) => Value::Int(i),
            Packed::Text(t) => Value::Text(t),
            Packed::Words(w) => Value::from(w),
        }
    }
}

/// What is wrong follows upon where it is.
impl TryFrom<Json> for Value {
    type Error = &'static str;

    fn try_from(json: Json) -> Result<Value, &'static str> {
        const NO_CELL: &str = "what is neither null, true, false, a whole number, a text nor a list of texts";
        let word = |json: Json| match json {
            Json::String(word) => Ok(word),
            _ => Err(NO_CELL),
        };
        match json {
            Json::Null => Ok(Value::Null),
            Json::Bool(b) => Ok(Value::Bool(b)),
            Json::Number(n) => n.as_i64().map(Value::Int).ok_or(NO_CELL),
            Json::String(text) => Ok(Value::Text(text)),
            Json::Array(words) => {
                Ok(Value::from(words.into_iter().map(word).collect::<Result<Vec<_>, _>>()?))
            }
            Json::Object(_) => Err(NO_CELL),
        }
    }
}

impl Serialize for Value {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        if !s.is_human_readable() {
            return Packed::serialize(&self.clone().into(), s);
        }
        match self {
            Value::Null => s.serialize_unit(),
            Value::Bool(b) => s.serialize_bool(*b),
            Value::Int(i) => s.serialize_i64(*i),
            Value::Text(t) => s.serialize_str(t),
            Value::Words(w) => w.serialize(s),
        }
    }
}

impl From<Value> for Packed {
    fn from(value: Value) -> Packed {
        match value {
            Value::Null => Packed::Null,
            Value::Bool(b) => Packed::Bool(b),
            Value::Int(i) => Packed::Int(i),
            Value::Text(t) => Packed::Text(t),
            Value::Words(w) => Packed::Words(w),
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        if !d.is_human_readable() {
            return Packed::deserialize(d).map(Value::from);
        }
        Value::try_from(Json::deserialize(d)?)
            .map_err(|what| D::Error::custom(format!("a cell cannot hold {what}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_the_value_itself_and_packed_round_trips() {
        for (value, json) in [
            (Value::Null, "null"),
            (Value::Bool(true), "true"),
            (Value::Int(-7), "-7"),
            (Value::from("a"), "\"a\""),
            (Value::from(vec!["b".to_owned(), "a".to_owned(), "b".to_owned()]), "[\"a\",\"b\"]"),
        ] {
            assert_eq!(serde_json::to_string(&value).unwrap(), json);
            assert_eq!(serde_json::from_str::<Value>(json).unwrap(), value);
            let packed = postcard::to_allocvec(&value).unwrap();
            assert_eq!(postcard::from_bytes::<Value>(&packed).unwrap(), value);
        }
        assert!(serde_json::from_str::<Value>("1.5").is_err());
        assert!(serde_json::from_str::<Value>("{}").is_err());
    }
}
