//! What a cell of a structured document can hold.

use serde::{Deserialize, Serialize};

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
        words.sort();
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
#[serde(untagged)]
enum Plain {
    Null,
    Bool(bool),
    Int(i64),
    Text(String),
    Words(Vec<String>),
}

#[derive(Serialize, Deserialize)]
enum Packed {
    Null,
    Bool(bool),
    Int(i64),
    Text(String),
    Words(Vec<String>),
}

macro_rules! convert {
    ($mirror:ident) => {
        impl From<Value> for $mirror {
            fn from(v: Value) -> Self {
                match v {
                    Value::Null => $mirror::Null,
                    Value::Bool(b) => $mirror::Bool(b),
                    Value::Int(i) => $mirror::Int(i),
                    Value::Text(t) => $mirror::Text(t),
                    Value::Words(w) => $mirror::Words(w),
                }
            }
        }
        impl From<$mirror> for Value {
            fn from(v: $mirror) -> Self {
                match v {
                    $mirror::Null => Value::Null,
                    $mirror::Bool(b) => Value::Bool(b),
                    $mirror::Int(i) => Value::Int(i),
                    $mirror::Text(t) => Value::Text(t),
                    $mirror::Words(w) => Value::from(w),
                }
            }
        }
    };
}
convert!(Plain);
convert!(Packed);

impl Serialize for Value {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        if s.is_human_readable() {
            Plain::from(self.clone()).serialize(s)
        } else {
            Packed::from(self.clone()).serialize(s)
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        if d.is_human_readable() {
            Plain::deserialize(d).map(Value::from)
        } else {
            Packed::deserialize(d).map(Value::from)
        }
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
