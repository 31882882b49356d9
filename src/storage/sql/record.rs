//! Records: values that are stored as rows, with a column for each field.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
use sqlx::types::Json;

use super::{
    decode::{decode_nickname, decode_scope, decode_time},
    driver::{Argument, Column, SqlRow},
};
use crate::{
    model::{
        CodePurpose, Nickname, NotificationPreferences, Role, Scope, SecondFactor, Secret,
        SiteRecordKind, Standing,
    },
    storage::{Result, StorageError},
};

/// Type whose values are rows. [`record`] implements it.
pub(super) trait Record: Sized {
    /// Decodes a row, by the names of its columns.
    fn decode(row: &impl SqlRow) -> Result<Self>;

    /// Returns the values of the columns, in the order of the declaration.
    fn arguments(&self) -> Vec<Argument<'_>>;
}

/// Implements [`Record`] for a type, whose fields are in columns of their name or of another one.
macro_rules! record {
    ($type:ident { $($field:ident $(in $column:ident)?),* $(,)? }) => {
        const _: () = {
            use $crate::storage::{
                Result,
                sql::{
                    driver::{Argument, SqlRow},
                    record::{ColumnValue, Record, column_name, decode_column},
                },
            };

            impl Record for $type {
                fn decode(row: &impl SqlRow) -> Result<Self> {
                    Ok(Self {
                        $($field: decode_column(row, column_name!($field $($column)?))?),*
                    })
                }

                fn arguments(&self) -> Vec<Argument<'_>> {
                    vec![$(ColumnValue::argument(Some(&self.$field))),*]
                }
            }
        };
    };
}

/// The name of the column of a field.
macro_rules! column_name {
    ($field:ident) => {
        stringify!($field)
    };
    ($field:ident $column:ident) => {
        stringify!($column)
    };
}

pub(super) use {column_name, record};

/// Decodes the column of a name.
pub(super) fn decode_column<T: ColumnValue, R: Column<T::Raw>>(row: &R, name: &str) -> Result<T> {
    T::decode(row.named(name)?)
}

/// Value of a column.
pub(super) trait ColumnValue: Sized {
    /// Type that the driver decodes.
    type Raw;

    /// Converts what the driver has decoded.
    fn decode(raw: Self::Raw) -> Result<Self>;

    /// Returns the argument for a value, or for NULL.
    fn argument(value: Option<&Self>) -> Argument<'_>;
}

impl<T: ColumnValue> ColumnValue for Option<T> {
    type Raw = Option<T::Raw>;

    fn decode(raw: Self::Raw) -> Result<Self> {
        raw.map(T::decode).transpose()
    }

    fn argument(value: Option<&Self>) -> Argument<'_> {
        T::argument(value.and_then(Option::as_ref))
    }
}

/// Implements [`ColumnValue`]: type, decoded type, argument, and the conversions from and to these.
macro_rules! impl_column_value {
    ($($type:ty: $raw:ty => $argument:ident, $decode:expr, $encode:expr;)*) => {$(
        impl ColumnValue for $type {
            type Raw = $raw;

            fn decode(raw: $raw) -> Result<Self> {
                let decode: fn($raw) -> Result<Self> = $decode;
                decode(raw)
            }

            fn argument(value: Option<&Self>) -> Argument<'_> {
                Argument::$argument(value.map($encode))
            }
        }
    )*};
}

impl_column_value! {
    bool: bool => Bool, Ok, |value| *value;
    i64: i64 => Int, Ok, |value| *value;
    u32: i64 => Int, |raw| Ok(u32::try_from(raw).unwrap_or(u32::MAX)), |value| i64::from(*value);
    u64: i64 => Int, |raw| Ok(raw.unsigned_abs()),
        |value| i64::try_from(*value).unwrap_or(i64::MAX);
    DateTime<Utc>: i64 => Int, |seconds| Ok(decode_time(seconds)), DateTime::timestamp;
    String: String => Text, Ok, Cow::from;
    Secret: String => Text, |text| Ok(Self::new(text)), |secret| secret.expose().into();
    Nickname: String => Text, decode_nickname, |nickname| nickname.as_str().into();
    Scope: String => Text, decode_scope, |scope| scope.as_str().into();
    CodePurpose: String => Text, decode_purpose, |purpose| purpose.as_str().into();
    SiteRecordKind: String => Text, decode_site_record_kind, |kind| kind.as_str().into();
    Role: String => Text, decode_role, |role| role.as_str().into();
    Standing: String => Text, decode_standing, |standing| standing.as_str().into();
    SecondFactor: Json<Value> => Json, decode_second_factor,
        |factor| Cow::Owned(serde_json::to_value(factor).unwrap_or_default());
    NotificationPreferences: String => Text, |text| Ok(Self::from_space_separated(&text)),
        |preferences| preferences.to_space_separated().into();
    Map<String, Value>: Json<Self> => Json, |json| Ok(json.0),
        |map| Cow::Owned(map.clone().into());
}

/// Implements functions that decode the stored name of a value: its type, and its noun in errors.
macro_rules! impl_decode_name {
    ($($function:ident, $type:ty, $noun:literal;)*) => {$(
        #[allow(clippy::needless_pass_by_value, reason = "a column is decoded into it")]
        fn $function(name: String) -> Result<$type> {
            let unknown = || StorageError::Corrupt(format!("{} '{name}'", $noun));
            <$type>::parse(&name).ok_or_else(unknown)
        }
    )*};
}

impl_decode_name! {
    decode_purpose, CodePurpose, "the purpose of a code,";
    decode_site_record_kind, SiteRecordKind, "the kind of a record,";
    decode_role, Role, "the role of an account,";
    decode_standing, Standing, "the standing of an account,";
}

fn decode_second_factor(json: Json<Value>) -> Result<SecondFactor> {
    let unknown = |_| StorageError::Corrupt("the second factor of an account".into());
    serde_json::from_value(json.0).map_err(unknown)
}
