//! Objects that are objects. serde also reads a struct from a list of its values; in a request that is a mistake, and with
//! optional fields one that nobody would notice.
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

/// A `T` that is read from a JSON object and from nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Object<T>(pub T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FromMap<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for FromMap<T> {
            type Value = Object<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Object<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(Object)
            }
        }

        deserializer.deserialize_map(FromMap(PhantomData))
    }
}

/// For a field that may be absent or null: `#[serde(default, deserialize_with = "object::optional")]`.
pub(crate) fn optional<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    Ok(Option::<Object<T>>::deserialize(deserializer)?.map(|object| object.0))
}

/// The same for a list of objects.
pub(crate) fn optional_list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<Vec<T>>, D::Error> {
    let list = Option::<Vec<Object<T>>>::deserialize(deserializer)?;
    Ok(list.map(|list| list.into_iter().map(|object| object.0).collect()))
}

/// For a field whose null says something else than its absence: `#[serde(default, deserialize_with = "object::given")]`.
pub(crate) fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::package::PackageChanges;

    #[test]
    fn a_list_is_no_object_at_any_depth() {
        for list in ["[]", "[null, null]", r#"{"policy": [1, 2, 3]}"#, r#"{"recipients": [["Bob", "bob@x.example"]]}"#]
        {
            let error = serde_json::from_str::<Object<PackageChanges>>(list).unwrap_err().to_string();
            assert!(error.starts_with("invalid type: sequence, expected an object"), "{list}: {error}");
        }
    }

    #[test]
    fn absent_and_null_are_the_same() {
        for nothing in ["{}", r#"{"policy": null, "recipients": null}"#] {
            let changes = serde_json::from_str::<Object<PackageChanges>>(nothing).unwrap().0;
            assert_eq!(changes, PackageChanges::default());
        }
    }
}
