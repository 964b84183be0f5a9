//! From msgpack to a value.

use std::collections::BTreeMap;

use rmp::Marker;

use super::{REFINED, refinement};
use crate::framework::number::Number;
use crate::framework::path::Path;
use crate::framework::types::Type;
use crate::framework::value::{Refinement, Value};
use crate::protocol::{DEEPEST, Malformed, type_json};

/// Reads a value of that type.
///
/// # Errors
/// Where the bytes are not such a value.
pub fn decode(bytes: &[u8], ty: &Type) -> Result<Value, Malformed> {
    let mut reader = Reader { bytes };
    let value = reader.value(ty, &Path::root(), 0)?;
    if reader.bytes.is_empty() {
        Ok(value)
    } else {
        Err(Malformed::new(
            &Path::root(),
            "there are bytes after the value",
        ))
    }
}

/// One msgpack item, without what is inside a collection.
enum Item<'a> {
    Nil,
    Bool(bool),
    Number(Number),
    Text(&'a [u8]),
    Binary(&'a [u8]),
    Array(usize),
    Map(usize),
    Extension(i8, &'a [u8]),
}

struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    fn value(&mut self, ty: &Type, path: &Path, depth: usize) -> Result<Value, Malformed> {
        if depth > DEEPEST {
            return Err(Malformed::new(path, "the value is nested too deeply"));
        }
        let item = self.item(path)?;
        match (item, ty) {
            (Item::Nil, _) => Ok(Value::Null),
            (Item::Extension(kind, payload), _) => Ok(Value::Unknown(unknown(kind, payload))),
            (Item::Bool(value), Type::Bool) => Ok(Value::Bool(value)),
            (Item::Number(number), Type::Number) => Ok(Value::Number(number)),
            (Item::Text(text), Type::Number) => text_of(text, path)?
                .parse()
                .map(Value::Number)
                .map_err(|error| Malformed::new(path, format!("{error}"))),
            (Item::Text(text), Type::String) => Ok(Value::String(text_of(text, path)?.to_owned())),
            (Item::Array(length), Type::List(element)) => Ok(Value::List(
                self.elements(length, element, path, depth, true)?,
            )),
            (Item::Array(length), Type::Set(element)) => Ok(Value::Set(
                self.elements(length, element, path, depth, false)?,
            )),
            (Item::Array(length), Type::Tuple(types)) => self.tuple(length, types, path, depth),
            (Item::Array(2), Type::Dynamic) => self.dynamic(path, depth),
            (Item::Map(length), Type::Map(element)) => self.map(length, element, path, depth),
            (Item::Map(length), Type::Object(attributes)) => {
                self.object(length, attributes, path, depth)
            }
            _ => Err(Malformed::new(
                path,
                format!(
                    "a value of another type than {} was sent",
                    type_json::name(ty)
                ),
            )),
        }
    }

    fn elements(
        &mut self,
        length: usize,
        ty: &Type,
        path: &Path,
        depth: usize,
        addressed: bool,
    ) -> Result<Vec<Value>, Malformed> {
        let mut elements = Vec::new();
        for index in 0..length {
            let at = if addressed {
                path.index(index)
            } else {
                path.clone()
            };
            elements.push(self.value(ty, &at, depth + 1)?);
        }
        Ok(elements)
    }

    fn tuple(
        &mut self,
        length: usize,
        types: &[Type],
        path: &Path,
        depth: usize,
    ) -> Result<Value, Malformed> {
        if length != types.len() {
            return Err(Malformed::new(
                path,
                format!("{} elements are required, {length} were sent", types.len()),
            ));
        }
        let elements = types
            .iter()
            .enumerate()
            .map(|(index, ty)| self.value(ty, &path.index(index), depth + 1));
        Ok(Value::Tuple(elements.collect::<Result<_, _>>()?))
    }

    fn dynamic(&mut self, path: &Path, depth: usize) -> Result<Value, Malformed> {
        let Item::Binary(ty) = self.item(path)? else {
            return Err(Malformed::new(
                path,
                "a dynamic value was sent without its type",
            ));
        };
        let ty = type_json::decode(ty).map_err(|error| Malformed::new(path, error))?;
        match self.value(&ty, path, depth + 1)? {
            Value::Null => Ok(Value::Null),
            value @ Value::Dynamic(_) => Ok(value),
            value => Ok(Value::Dynamic(Box::new((ty, value)))),
        }
    }

    fn map(
        &mut self,
        length: usize,
        ty: &Type,
        path: &Path,
        depth: usize,
    ) -> Result<Value, Malformed> {
        let mut entries = BTreeMap::new();
        for _ in 0..length {
            let key = self.key(path)?;
            let value = self.value(ty, &path.key(&key), depth + 1)?;
            if entries.insert(key.clone(), value).is_some() {
                return Err(Malformed::new(&path.key(&key), "the key was sent twice"));
            }
        }
        Ok(Value::Map(entries))
    }

    fn object(
        &mut self,
        length: usize,
        types: &BTreeMap<String, Type>,
        path: &Path,
        depth: usize,
    ) -> Result<Value, Malformed> {
        let mut attributes = BTreeMap::new();
        for _ in 0..length {
            let name = self.key(path)?;
            let at = path.attribute(&name);
            let ty = types
                .get(&name)
                .ok_or_else(|| Malformed::new(&at, "there is no such attribute"))?;
            let value = self.value(ty, &at, depth + 1)?;
            if attributes.insert(name, value).is_some() {
                return Err(Malformed::new(&at, "the attribute was sent twice"));
            }
        }
        if let Some(missing) = types.keys().find(|name| !attributes.contains_key(*name)) {
            return Err(Malformed::new(
                &path.attribute(missing),
                "the attribute is missing",
            ));
        }
        Ok(Value::Object(attributes))
    }

    fn key(&mut self, path: &Path) -> Result<String, Malformed> {
        match self.item(path)? {
            Item::Text(text) => Ok(text_of(text, path)?.to_owned()),
            _ => Err(Malformed::new(path, "a key is not a string")),
        }
    }

    fn item(&mut self, path: &Path) -> Result<Item<'a>, Malformed> {
        self.try_item()
            .ok_or_else(|| Malformed::new(path, "the bytes are not msgpack"))
    }

    fn try_item(&mut self) -> Option<Item<'a>> {
        let marker = Marker::from_u8(self.take(1)?[0]);
        Some(match marker {
            Marker::Null => Item::Nil,
            Marker::True => Item::Bool(true),
            Marker::False => Item::Bool(false),
            Marker::FixPos(value) => Item::Number(i64::from(value).into()),
            Marker::FixNeg(value) => Item::Number(i64::from(value).into()),
            Marker::U8 => Item::Number(self.unsigned(1)?.into()),
            Marker::U16 => Item::Number(self.unsigned(2)?.into()),
            Marker::U32 => Item::Number(self.unsigned(4)?.into()),
            Marker::U64 => Item::Number(self.unsigned(8)?.into()),
            Marker::I8 => Item::Number(i64::from(i8::from_be_bytes(self.array()?)).into()),
            Marker::I16 => Item::Number(i64::from(i16::from_be_bytes(self.array()?)).into()),
            Marker::I32 => Item::Number(i64::from(i32::from_be_bytes(self.array()?)).into()),
            Marker::I64 => Item::Number(i64::from_be_bytes(self.array()?).into()),
            Marker::F32 => {
                Item::Number(Number::try_from(f64::from(f32::from_be_bytes(self.array()?))).ok()?)
            }
            Marker::F64 => Item::Number(Number::try_from(f64::from_be_bytes(self.array()?)).ok()?),
            Marker::FixStr(length) => Item::Text(self.take(usize::from(length))?),
            Marker::Str8 => Item::Text(self.counted(1)?),
            Marker::Str16 => Item::Text(self.counted(2)?),
            Marker::Str32 => Item::Text(self.counted(4)?),
            Marker::Bin8 => Item::Binary(self.counted(1)?),
            Marker::Bin16 => Item::Binary(self.counted(2)?),
            Marker::Bin32 => Item::Binary(self.counted(4)?),
            Marker::FixArray(length) => Item::Array(usize::from(length)),
            Marker::Array16 => Item::Array(self.length(2)?),
            Marker::Array32 => Item::Array(self.length(4)?),
            Marker::FixMap(length) => Item::Map(usize::from(length)),
            Marker::Map16 => Item::Map(self.length(2)?),
            Marker::Map32 => Item::Map(self.length(4)?),
            Marker::FixExt1 => self.extension(1)?,
            Marker::FixExt2 => self.extension(2)?,
            Marker::FixExt4 => self.extension(4)?,
            Marker::FixExt8 => self.extension(8)?,
            Marker::FixExt16 => self.extension(16)?,
            Marker::Ext8 => {
                let length = self.length(1)?;
                self.extension(length)?
            }
            Marker::Ext16 => {
                let length = self.length(2)?;
                self.extension(length)?
            }
            Marker::Ext32 => {
                let length = self.length(4)?;
                self.extension(length)?
            }
            Marker::Reserved => return None,
        })
    }

    fn extension(&mut self, length: usize) -> Option<Item<'a>> {
        let kind = i8::from_be_bytes(self.array()?);
        Some(Item::Extension(kind, self.take(length)?))
    }

    fn counted(&mut self, width: usize) -> Option<&'a [u8]> {
        let length = self.length(width)?;
        self.take(length)
    }

    fn length(&mut self, width: usize) -> Option<usize> {
        usize::try_from(self.unsigned(width)?).ok()
    }

    fn unsigned(&mut self, width: usize) -> Option<u64> {
        Some(
            self.take(width)?
                .iter()
                .fold(0, |value, byte| value << 8 | u64::from(*byte)),
        )
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.bytes.split_at_checked(length)?;
        self.bytes = rest;
        Some(taken)
    }
}

fn text_of<'a>(text: &'a [u8], path: &Path) -> Result<&'a str, Malformed> {
    std::str::from_utf8(text).map_err(|_| Malformed::new(path, "a string is not UTF-8"))
}

/// What is certain of an unknown value. What cannot be read is not certain.
fn unknown(kind: i8, payload: &[u8]) -> Refinement {
    if kind != REFINED {
        Refinement::default()
    } else {
        refinements(payload).unwrap_or_default()
    }
}

fn refinements(payload: &[u8]) -> Option<Refinement> {
    let mut reader = Reader { bytes: payload };
    let mut found = Refinement::default();
    let Item::Map(length) = reader.try_item()? else {
        return None;
    };
    for _ in 0..length {
        let Item::Number(key) = reader.try_item()? else {
            return None;
        };
        match key.as_i64()? {
            refinement::NULLNESS => {
                found.not_null = matches!(reader.try_item()?, Item::Bool(false))
            }
            refinement::PREFIX => match reader.try_item()? {
                Item::Text(text) => found.prefix = Some(std::str::from_utf8(text).ok()?.to_owned()),
                _ => return None,
            },
            refinement::LEAST => found.least = Some(reader.bound()?),
            refinement::GREATEST => found.greatest = Some(reader.bound()?),
            refinement::FEWEST => found.fewest = Some(reader.count()?),
            refinement::MOST => found.most = Some(reader.count()?),
            // "Unknown keys must be ignored": a later version may know more.
            _ => reader.skip(0)?,
        }
    }
    Some(found)
}

impl Reader<'_> {
    fn bound(&mut self) -> Option<(Number, bool)> {
        let Item::Array(2) = self.try_item()? else {
            return None;
        };
        let number = match self.try_item()? {
            Item::Number(number) => number,
            Item::Text(text) => std::str::from_utf8(text).ok()?.parse().ok()?,
            _ => return None,
        };
        match self.try_item()? {
            Item::Bool(inclusive) => Some((number, inclusive)),
            _ => None,
        }
    }

    fn count(&mut self) -> Option<i64> {
        match self.try_item()? {
            Item::Number(number) => number.as_i64(),
            _ => None,
        }
    }

    fn skip(&mut self, depth: usize) -> Option<()> {
        let inside = match self.try_item()? {
            _ if depth > DEEPEST => return None,
            Item::Array(length) => length,
            Item::Map(length) => length.checked_mul(2)?,
            _ => 0,
        };
        (0..inside).try_for_each(|_| self.skip(depth + 1))
    }
}
