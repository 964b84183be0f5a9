//! From a value to msgpack.

use rmp::encode::{
    write_array_len, write_bin, write_bool, write_ext_meta, write_f64, write_map_len, write_nil,
    write_sint, write_str, write_uint,
};

use super::{REFINED, refinement};
use crate::framework::number::Number;
use crate::framework::path::Path;
use crate::framework::types::Type;
use crate::framework::value::{Refinement, Value};
use crate::protocol::{Malformed, type_json};

/// A plain unknown value: extension type 0 with one byte of no meaning.
const UNKNOWN: [u8; 3] = [0xd4, 0x00, 0x00];

/// What writing into memory can fail with: nothing.
type Written = Result<(), rmp::encode::ValueWriteError<std::io::Error>>;

/// Writes a value of that type.
///
/// # Errors
/// Where the value is not of the type: a fault of the provider.
pub fn encode(value: &Value, ty: &Type) -> Result<Vec<u8>, Malformed> {
    let mut out = Vec::new();
    write(&mut out, value, ty, &Path::root())?;
    Ok(out)
}

fn write(out: &mut Vec<u8>, value: &Value, ty: &Type, path: &Path) -> Result<(), Malformed> {
    match (value, ty) {
        (Value::Null, _) => check(
            write_nil(out).map_err(rmp::encode::ValueWriteError::InvalidMarkerWrite),
            path,
        ),
        (Value::Unknown(refinement), _) => write_unknown(out, refinement, path),
        (Value::Bool(value), Type::Bool) => check(
            write_bool(out, *value).map_err(rmp::encode::ValueWriteError::InvalidMarkerWrite),
            path,
        ),
        (Value::Number(number), Type::Number) => write_number(out, number, path),
        (Value::String(text), Type::String) => check(write_str(out, text), path),
        (Value::List(elements), Type::List(ty)) => write_elements(out, elements, ty, path),
        (Value::Set(elements), Type::Set(ty)) => write_elements(out, elements, ty, path),
        (Value::Tuple(elements), Type::Tuple(types)) if elements.len() == types.len() => {
            check(
                write_array_len(out, length(elements.len(), path)?).map(drop),
                path,
            )?;
            elements
                .iter()
                .zip(types)
                .enumerate()
                .try_for_each(|(index, (element, ty))| write(out, element, ty, &path.index(index)))
        }
        (Value::Map(entries), Type::Map(ty)) => {
            check(
                write_map_len(out, length(entries.len(), path)?).map(drop),
                path,
            )?;
            entries.iter().try_for_each(|(key, value)| {
                check(write_str(out, key), path)?;
                write(out, value, ty, &path.key(key))
            })
        }
        (Value::Object(attributes), Type::Object(types)) => {
            if let Some(extra) = attributes.keys().find(|name| !types.contains_key(*name)) {
                return Err(Malformed::new(
                    &path.attribute(extra),
                    "there is no such attribute",
                ));
            }
            check(
                write_map_len(out, length(types.len(), path)?).map(drop),
                path,
            )?;
            types.iter().try_for_each(|(name, ty)| {
                check(write_str(out, name), path)?;
                write(
                    out,
                    attributes.get(name).unwrap_or(&Value::Null),
                    ty,
                    &path.attribute(name),
                )
            })
        }
        (Value::Dynamic(typed), Type::Dynamic) => {
            check(write_array_len(out, 2).map(drop), path)?;
            check(write_bin(out, &type_json::encode(&typed.0)), path)?;
            write(out, &typed.1, &typed.0, path)
        }
        _ => Err(Malformed::new(
            path,
            format!("the value is not of the type {}", type_json::name(ty)),
        )),
    }
}

fn write_elements(
    out: &mut Vec<u8>,
    elements: &[Value],
    ty: &Type,
    path: &Path,
) -> Result<(), Malformed> {
    check(
        write_array_len(out, length(elements.len(), path)?).map(drop),
        path,
    )?;
    elements
        .iter()
        .enumerate()
        .try_for_each(|(index, element)| write(out, element, ty, &path.index(index)))
}

/// As Terraform itself does: whole numbers as integers, others as a float where that is exact, as decimal text otherwise.
fn write_number(out: &mut Vec<u8>, number: &Number, path: &Path) -> Result<(), Malformed> {
    if let Some(whole) = number.as_u64() {
        return check(write_uint(out, whole).map(drop), path);
    }
    if let Some(whole) = number.as_i64() {
        return check(write_sint(out, whole).map(drop), path);
    }
    match number.as_exact_f64() {
        Some(float) => check(write_f64(out, float), path),
        None => check(write_str(out, &number.to_plain_string()), path),
    }
}

fn write_unknown(out: &mut Vec<u8>, known: &Refinement, path: &Path) -> Result<(), Malformed> {
    let mut entries = 0;
    let mut body = Vec::new();
    let mut entry = |key: i64, body: &mut Vec<u8>| {
        entries += 1;
        check(write_sint(body, key).map(drop), path)
    };
    if known.not_null {
        entry(refinement::NULLNESS, &mut body)?;
        check(
            write_bool(&mut body, false).map_err(rmp::encode::ValueWriteError::InvalidMarkerWrite),
            path,
        )?;
    }
    if let Some(prefix) = &known.prefix {
        entry(refinement::PREFIX, &mut body)?;
        check(write_str(&mut body, prefix), path)?;
    }
    for (key, bound) in [
        (refinement::LEAST, &known.least),
        (refinement::GREATEST, &known.greatest),
    ] {
        let Some((number, inclusive)) = bound else {
            continue;
        };
        entry(key, &mut body)?;
        check(write_array_len(&mut body, 2).map(drop), path)?;
        write_number(&mut body, number, path)?;
        check(
            write_bool(&mut body, *inclusive)
                .map_err(rmp::encode::ValueWriteError::InvalidMarkerWrite),
            path,
        )?;
    }
    for (key, count) in [
        (refinement::FEWEST, known.fewest),
        (refinement::MOST, known.most),
    ] {
        let Some(count) = count else { continue };
        entry(key, &mut body)?;
        check(write_sint(&mut body, count).map(drop), path)?;
    }
    if entries == 0 {
        out.extend(UNKNOWN);
        return Ok(());
    }
    let mut payload = Vec::new();
    check(write_map_len(&mut payload, entries).map(drop), path)?;
    payload.extend(body);
    check(
        write_ext_meta(out, length(payload.len(), path)?, REFINED).map(drop),
        path,
    )?;
    out.extend(payload);
    Ok(())
}

fn length(length: usize, path: &Path) -> Result<u32, Malformed> {
    u32::try_from(length).map_err(|_| Malformed::new(path, "the value is too large"))
}

fn check(written: Written, path: &Path) -> Result<(), Malformed> {
    written.map_err(|error| Malformed::new(path, error.to_string()))
}
