//! Values as Terraform sends them: msgpack, read by the type (Terraform's "wire format for objects", `cty`'s msgpack).

mod decode;
mod encode;

pub use decode::decode;
pub use encode::encode;

/// The extension type of an unknown value of which something is certain. Any other extension is a plain unknown.
const REFINED: i8 = 12;

/// Keys of the map in a refined unknown.
mod refinement {
    pub(super) const NULLNESS: i64 = 1;
    pub(super) const PREFIX: i64 = 2;
    pub(super) const LEAST: i64 = 3;
    pub(super) const GREATEST: i64 = 4;
    pub(super) const FEWEST: i64 = 5;
    pub(super) const MOST: i64 = 6;
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;
    use crate::framework::number::Number;
    use crate::framework::types::Type;
    use crate::framework::value::{Refinement, Value};

    fn bytes(hex: &str) -> Vec<u8> {
        hex.split_whitespace()
            .map(|byte| u8::from_str_radix(byte, 16).unwrap())
            .collect()
    }

    fn number(text: &str) -> Value {
        Value::Number(text.parse().unwrap())
    }

    /// Bytes as Terraform 1.11 sends them.
    #[rstest]
    #[case::unknown("d4 00 00", Type::String, Value::unknown())]
    #[case::null("c0", Type::String, Value::Null)]
    #[case::object("81 a1 61 c0", Type::object([("a", Type::String)]), Value::object([("a", Value::Null)]))]
    #[case::dynamic(
        "92 c4 08 22 73 74 72 69 6e 67 22 a1 78",
        Type::Dynamic,
        Value::Dynamic(Box::new((Type::String, Value::from("x"))))
    )]
    #[case::empty_list("90", Type::list(Type::String), Value::List(vec![]))]
    #[case::big(
        "b3 39 32 32 33 33 37 32 30 33 36 38 35 34 37 37 35 38 30 38",
        Type::Number,
        number("9223372036854775808")
    )]
    #[case::small("05", Type::Number, number("5"))]
    #[case::negative("ff", Type::Number, number("-1"))]
    #[case::float("cb 40 04 00 00 00 00 00 00", Type::Number, number("2.5"))]
    #[case::tenth("a3 30 2e 31", Type::Number, number("0.1"))]
    fn what_terraform_sends_is_read(#[case] hex: &str, #[case] ty: Type, #[case] expected: Value) {
        assert_eq!(decode(&bytes(hex), &ty).unwrap(), expected);
    }

    #[rstest]
    #[case(Value::unknown(), Type::String, "d4 00 00")]
    #[case(Value::Null, Type::String, "c0")]
    #[case(number("5"), Type::Number, "05")]
    #[case(number("2.5"), Type::Number, "cb 40 04 00 00 00 00 00 00")]
    #[case(Value::Dynamic(Box::new((Type::String, Value::from("x")))), Type::Dynamic, "92 c4 08 22 73 74 72 69 6e 67 22 a1 78")]
    fn what_is_sent_is_what_terraform_reads(
        #[case] value: Value,
        #[case] ty: Type,
        #[case] hex: &str,
    ) {
        assert_eq!(encode(&value, &ty).unwrap(), bytes(hex));
    }

    #[test]
    fn a_refined_unknown_keeps_what_is_certain() {
        let sent = bytes("c7 09 0c 82 01 c2 02 a4 64 65 70 2d");
        let Value::Unknown(refinement) = decode(&sent, &Type::String).unwrap() else {
            panic!("unknown")
        };
        assert_eq!(
            refinement,
            Refinement {
                not_null: true,
                prefix: Some("dep-".into()),
                ..Refinement::default()
            }
        );
        assert_eq!(
            encode(&Value::Unknown(refinement), &Type::String).unwrap(),
            sent
        );
    }

    #[test]
    fn any_other_extension_is_unknown() {
        assert!(
            decode(&bytes("d4 63 00"), &Type::Number)
                .unwrap()
                .is_unknown()
        );
        assert!(
            decode(&bytes("c7 02 0c c1 c1"), &Type::Number)
                .unwrap()
                .is_unknown()
        );
    }

    #[rstest]
    #[case::missing("80", "a")]
    #[case::twice("82 a1 61 c0 a1 61 c0", "a")]
    #[case::extra("82 a1 61 c0 a1 62 c0", "b")]
    #[case::wrong_type("81 a1 61 05", "a")]
    fn an_object_has_exactly_its_attributes(#[case] hex: &str, #[case] named: &str) {
        let error = decode(&bytes(hex), &Type::object([("a", Type::String)])).unwrap_err();
        assert!(error.to_string().contains(named), "{error}");
    }

    #[test]
    fn bytes_after_the_value_are_an_error() {
        assert!(decode(&bytes("c0 c0"), &Type::String).is_err());
    }

    #[test]
    fn a_length_is_not_believed_before_the_bytes_are_there() {
        assert!(decode(&bytes("dd ff ff ff ff"), &Type::list(Type::String)).is_err());
        assert!(decode(&bytes("df ff ff ff ff"), &Type::map(Type::String)).is_err());
    }

    #[test]
    fn hostile_nesting_ends_before_the_stack_does() {
        let mut ty = Type::String;
        for _ in 0..10_000 {
            ty = Type::list(ty);
        }
        assert!(decode(&[0x91; 10_000], &ty).is_err());
        // Dropping so deep a type would itself recurse.
        std::mem::forget(ty);
    }

    #[rstest]
    #[case("0")]
    #[case("-1")]
    #[case("9223372036854775808")]
    #[case("18446744073709551616")]
    #[case("0.1")]
    #[case("1e30")]
    #[case(&format!("0.{}", "3".repeat(155)))]
    #[case("-0")]
    fn numbers_come_back_exactly(#[case] text: &str) {
        let value = number(text);
        assert_eq!(
            decode(&encode(&value, &Type::Number).unwrap(), &Type::Number).unwrap(),
            value
        );
    }

    fn any_type() -> impl Strategy<Value = Type> {
        let leaf = prop_oneof![
            Just(Type::Bool),
            Just(Type::Number),
            Just(Type::String),
            Just(Type::Dynamic)
        ];
        leaf.prop_recursive(3, 12, 3, |inner| {
            prop_oneof![
                inner.clone().prop_map(Type::list),
                inner.clone().prop_map(Type::set),
                inner.clone().prop_map(Type::map),
                prop::collection::btree_map("[a-z]{1,4}", inner.clone(), 0..4)
                    .prop_map(Type::Object),
                prop::collection::vec(inner, 0..3).prop_map(Type::Tuple),
            ]
        })
    }

    fn any_value(ty: &Type) -> BoxedStrategy<Value> {
        let known = match ty {
            Type::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
            Type::Number => prop_oneof![
                any::<i64>().prop_map(Number::from),
                any::<u64>().prop_map(Number::from),
                "-?[0-9]{1,40}\\.[0-9]{1,40}".prop_map(|text| text.parse().unwrap()),
            ]
            .prop_map(Value::Number)
            .boxed(),
            Type::String => any::<String>().prop_map(Value::String).boxed(),
            Type::Dynamic => Just(Value::Dynamic(Box::new((
                Type::list(Type::Bool),
                Value::List(vec![true.into()]),
            ))))
            .boxed(),
            Type::List(element) => prop::collection::vec(any_value(element), 0..4)
                .prop_map(Value::List)
                .boxed(),
            Type::Set(element) => prop::collection::vec(any_value(element), 0..4)
                .prop_map(Value::Set)
                .boxed(),
            Type::Map(element) => {
                prop::collection::btree_map(any::<String>(), any_value(element), 0..4)
                    .prop_map(Value::Map)
                    .boxed()
            }
            Type::Object(attributes) => {
                let attributes = attributes
                    .iter()
                    .map(|(name, ty)| (Just(name.clone()), any_value(ty)))
                    .collect::<Vec<_>>();
                attributes
                    .prop_map(|entries| {
                        Value::Object(entries.into_iter().collect::<BTreeMap<_, _>>())
                    })
                    .boxed()
            }
            Type::Tuple(types) => types
                .iter()
                .map(any_value)
                .collect::<Vec<_>>()
                .prop_map(Value::Tuple)
                .boxed(),
        };
        prop_oneof![6 => known, 1 => Just(Value::Null), 1 => Just(Value::unknown())].boxed()
    }

    fn typed_value() -> impl Strategy<Value = (Type, Value)> {
        any_type().prop_flat_map(|ty| {
            let value = any_value(&ty);
            (Just(ty), value)
        })
    }

    proptest! {
        #[test]
        fn a_value_comes_back_as_it_was_sent((ty, value) in typed_value()) {
            let sent = encode(&value, &ty).unwrap();
            prop_assert_eq!(decode(&sent, &ty).unwrap(), value);
        }

        #[test]
        fn random_bytes_never_panic(sent in prop::collection::vec(any::<u8>(), 0..200), ty in any_type()) {
            let _ = decode(&sent, &ty);
        }

        #[test]
        fn damaged_values_never_panic((ty, value) in typed_value(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
            let mut sent = encode(&value, &ty).unwrap();
            let at = at.index(sent.len());
            sent[at] = byte;
            let _ = decode(&sent, &ty);
        }
    }
}
