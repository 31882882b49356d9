//! Statements, rows and connections of either driver, behind the traits that the shared code is
//! generic over.

use std::{borrow::Cow, collections::BTreeMap};

use serde_json::{Map, Value};
use sqlx::{ColumnIndex, Decode, Row, Type, types::Json};

use super::{dialect::Dialect, key::Key};
use crate::storage::Result;

/// Value for a parameter of a statement.
#[derive(Debug)]
pub(crate) enum Argument<'a> {
    Bool(Option<bool>),
    Int(Option<i64>),
    Text(Option<Cow<'a, str>>),
    Key(Option<Key>),
    Json(Option<Cow<'a, Value>>),
    List(List<'a>),
}

/// List of values. PostgreSQL takes an array for each column of it, SQLite one JSON text.
#[derive(Debug)]
pub(crate) enum List<'a> {
    /// Keys, the JSON of which is an array of hexadecimal texts.
    Keys(Vec<Key>),
    /// Pairs of keys, the JSON of which is an array of arrays.
    KeyPairs(Vec<(Key, Key)>),
    /// Numbers, the JSON of which is an array.
    Numbers(Vec<i64>),
    /// Versions by primary key, the JSON of which is an object.
    Versions(&'a BTreeMap<i64, i64>),
}

/// Array of [`Argument`]s made from values.
macro_rules! args {
    ($($value:expr),* $(,)?) => {
        [$($crate::storage::sql::driver::Argument::from($value)),*]
    };
}

pub(crate) use args;

macro_rules! impl_from {
    ($($value:ident: $type:ty => $argument:expr),* $(,)?) => {$(
        impl<'a> From<$type> for Argument<'a> {
            fn from($value: $type) -> Self {
                $argument
            }
        }
    )*};
}

impl_from! {
    value: bool => Self::Bool(Some(value)),
    value: i64 => Self::Int(Some(value)),
    value: u32 => Self::Int(Some(value.into())),
    value: Option<i64> => Self::Int(value),
    value: &'a str => Self::Text(Some(value.into())),
    value: &'a String => Self::Text(Some(value.into())),
    value: String => Self::Text(Some(value.into())),
    value: Option<&'a str> => Self::Text(value.map(Cow::from)),
    value: Option<String> => Self::Text(value.map(Cow::from)),
    value: &'a Option<String> => Self::Text(value.as_deref().map(Cow::from)),
    value: Key => Self::Key(Some(value)),
    value: Option<Key> => Self::Key(value),
    value: Value => Self::Json(Some(Cow::Owned(value))),
    value: Option<Value> => Self::Json(value.map(Cow::Owned)),
    value: &'a Value => Self::Json(Some(Cow::Borrowed(value))),
    value: Vec<Key> => Self::List(List::Keys(value)),
    value: Vec<(Key, Key)> => Self::List(List::KeyPairs(value)),
    value: Vec<i64> => Self::List(List::Numbers(value)),
    value: &'a BTreeMap<i64, i64> => Self::List(List::Versions(value)),
}

/// Row with columns of a type.
pub(crate) trait Column<T> {
    /// Decodes the column of a name.
    fn named(&self, name: &str) -> sqlx::Result<T>;

    /// Decodes the column at an index.
    fn at(&self, index: usize) -> sqlx::Result<T>;
}

impl<R: Row, T> Column<T> for R
where
    T: for<'r> Decode<'r, R::Database> + Type<R::Database>,
    for<'c> &'c str: ColumnIndex<R>,
    usize: ColumnIndex<R>,
{
    fn named(&self, name: &str) -> sqlx::Result<T> {
        self.try_get(name)
    }

    fn at(&self, index: usize) -> sqlx::Result<T> {
        self.try_get(index)
    }
}

/// Row of a result.
pub(crate) trait SqlRow:
    Send
    + Sync
    + Column<bool>
    + Column<i64>
    + Column<Option<i64>>
    + Column<String>
    + Column<Option<String>>
    + Column<Json<Value>>
    + Column<Option<Json<Value>>>
    + Column<Json<Map<String, Value>>>
    + Column<Json<Vec<String>>>
{
    /// Borrows the text of a column, of whatever type the column is.
    fn text_at(&self, index: usize) -> sqlx::Result<&str>;

    /// Returns whether a column is NULL.
    fn is_null(&self, index: usize) -> sqlx::Result<bool>;
}

/// Connection that executes statements.
pub(crate) trait SqlConnection: Send {
    /// Database that it is connected to.
    const DIALECT: Dialect;

    type Row: SqlRow;

    /// Executes a statement; returns the number of affected rows.
    fn run(
        &mut self,
        sql: &str,
        arguments: &[Argument<'_>],
    ) -> impl Future<Output = sqlx::Result<u64>> + Send;

    /// Returns all rows.
    fn all(
        &mut self,
        sql: &str,
        arguments: &[Argument<'_>],
    ) -> impl Future<Output = sqlx::Result<Vec<Self::Row>>> + Send;

    /// Returns the first row.
    fn first(
        &mut self,
        sql: &str,
        arguments: &[Argument<'_>],
    ) -> impl Future<Output = sqlx::Result<Option<Self::Row>>> + Send;

    /// Hands each row on, one after the other, so that no more than one is held.
    fn each(
        &mut self,
        sql: &str,
        arguments: &[Argument<'_>],
        take: impl FnMut(&Self::Row) -> Result<()> + Send,
    ) -> impl Future<Output = Result<()>> + Send;

    /// Returns the first column of the first row.
    fn scalar<T>(
        &mut self,
        sql: &str,
        arguments: &[Argument<'_>],
    ) -> impl Future<Output = sqlx::Result<Option<T>>> + Send
    where
        Self::Row: Column<T>,
    {
        async move {
            let row = self.first(sql, arguments).await?;
            row.map(|row| Column::<T>::at(&row, 0)).transpose()
        }
    }
}

/// Implements the traits for a driver. `bind_list` of the invoking module binds a [`List`].
macro_rules! impl_driver {
    ($database:ident, $connection:ty, $row:ty, $dialect:expr) => {
        impl $crate::storage::sql::driver::SqlRow for $row {
            fn text_at(&self, index: usize) -> sqlx::Result<&str> {
                sqlx::Row::try_get_unchecked(self, index)
            }

            fn is_null(&self, index: usize) -> sqlx::Result<bool> {
                let value = sqlx::Row::try_get_raw(self, index)?;
                Ok(sqlx::ValueRef::is_null(&value))
            }
        }

        type Arguments<'q> = <sqlx::$database as sqlx::Database>::Arguments<'q>;

        fn bind<'q>(
            sql: &'q str,
            arguments: &'q [Argument<'_>],
        ) -> Query<'q, sqlx::$database, Arguments<'q>> {
            let query = sqlx::query(sql);
            arguments.iter().fold(query, |query, value| match value {
                Argument::Bool(value) => query.bind(value),
                Argument::Int(value) => query.bind(value),
                Argument::Text(value) => query.bind(value.as_deref()),
                Argument::Key(value) => query.bind(value.as_ref().map(|key| &key[..])),
                Argument::Json(value) => query.bind(value.as_deref().map(sqlx::types::Json)),
                Argument::List(list) => bind_list(query, list),
            })
        }

        impl SqlConnection for $connection {
            const DIALECT: Dialect = $dialect;

            type Row = $row;

            async fn run(&mut self, sql: &str, arguments: &[Argument<'_>]) -> sqlx::Result<u64> {
                let done = bind(sql, arguments).execute(self).await?;
                Ok(done.rows_affected())
            }

            async fn all(
                &mut self,
                sql: &str,
                arguments: &[Argument<'_>],
            ) -> sqlx::Result<Vec<$row>> {
                bind(sql, arguments).fetch_all(self).await
            }

            async fn first(
                &mut self,
                sql: &str,
                arguments: &[Argument<'_>],
            ) -> sqlx::Result<Option<$row>> {
                bind(sql, arguments).fetch_optional(self).await
            }

            async fn each(
                &mut self,
                sql: &str,
                arguments: &[Argument<'_>],
                mut take: impl FnMut(&$row) -> $crate::storage::Result<()> + Send,
            ) -> $crate::storage::Result<()> {
                let mut rows = bind(sql, arguments).fetch(self);
                while let Some(row) = futures_util::TryStreamExt::try_next(&mut rows).await? {
                    take(&row)?;
                }
                Ok(())
            }
        }
    };
}

pub(crate) use impl_driver;
