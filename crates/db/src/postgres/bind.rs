//! Values on their way into and out of PostgreSQL.

use std::error::Error as StdError;

use bytes::BytesMut;
use tokio_postgres::Statement;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};
use uuid::Uuid;

use crate::error::Error;
use crate::row::Row;
use crate::value::Value;

/// Whether these values can be sent. A statement that is found wrong only while others are on their way would be left out
/// in silence, and COMMIT go through behind it.
pub(super) fn check(statement: &Statement, sql: &str, params: &[Value]) -> Result<(), Error> {
    let types = statement.params();
    if types.len() != params.len() {
        return Err(Error::statement(
            sql,
            format!("it takes {} values and got {}", types.len(), params.len()),
        ));
    }
    match params.iter().zip(types).position(|(value, ty)| !fits(value, ty)) {
        Some(place) => {
            let (value, ty) = (params[place].kind(), &types[place]);
            Err(Error::statement(
                sql,
                format!("{value} was bound to ?{}, which is of type {ty}", place + 1),
            ))
        }
        None => Ok(()),
    }
}

fn fits(value: &Value, ty: &Type) -> bool {
    match (value, ty) {
        (Value::Null, _)
        | (Value::Int(_), &Type::INT8)
        | (Value::Bool(_), &Type::BOOL)
        | (Value::Text(_), &Type::TEXT | &Type::VARCHAR | &Type::BPCHAR | &Type::NAME | &Type::UNKNOWN)
        | (Value::Bytes(_) | Value::Uuid(_), &Type::BYTEA)
        | (Value::Uuid(_), &Type::UUID) => true,
        (Value::Int(number), &Type::INT4) => i32::try_from(*number).is_ok(),
        (Value::Int(number), &Type::INT2) => i16::try_from(*number).is_ok(),
        (Value::Bytes(bytes), &Type::UUID) => bytes.len() == 16,
        _ => false,
    }
}

impl ToSql for Value {
    // Converts by the placeholder's type. What does not fit is refused by `check`, earlier.
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        match (self, ty) {
            (Self::Null, _) => Ok(IsNull::Yes),
            (Self::Int(number), &Type::INT4) => i32::try_from(*number)?.to_sql(ty, out),
            (Self::Int(number), &Type::INT2) => i16::try_from(*number)?.to_sql(ty, out),
            (Self::Int(number), _) => number.to_sql(ty, out),
            (Self::Bool(truth), _) => truth.to_sql(ty, out),
            (Self::Text(text), _) => text.to_sql(ty, out),
            (Self::Bytes(bytes), &Type::UUID) => Uuid::from_slice(bytes)?.to_sql(ty, out),
            (Self::Bytes(bytes), _) => bytes.to_sql(ty, out),
            (Self::Uuid(id), &Type::BYTEA) => id.as_bytes().as_slice().to_sql(ty, out),
            (Self::Uuid(id), _) => id.to_sql(ty, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// The driver's rows as ours.
pub(super) fn rows(rows: Vec<tokio_postgres::Row>) -> Result<Vec<Row>, Error> {
    rows.iter().map(row).collect()
}

/// One of the driver's rows as ours.
pub(super) fn row(raw: &tokio_postgres::Row) -> Result<Row, Error> {
    let values = raw
        .columns()
        .iter()
        .enumerate()
        .map(|(place, column)| value(raw, place, column.type_()));
    Ok(Row::new(values.collect::<Result<_, _>>()?))
}

fn value(raw: &tokio_postgres::Row, place: usize, ty: &Type) -> Result<Value, Error> {
    match *ty {
        Type::INT8 => get::<i64>(raw, place, ty),
        Type::INT4 => Ok(get_raw::<i32>(raw, place, ty)?.map(i64::from).into()),
        Type::INT2 => Ok(get_raw::<i16>(raw, place, ty)?.map(i64::from).into()),
        Type::BOOL => get::<bool>(raw, place, ty),
        Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::UNKNOWN => get::<String>(raw, place, ty),
        Type::BYTEA => get::<Vec<u8>>(raw, place, ty),
        Type::UUID => get::<Uuid>(raw, place, ty),
        // What pg_… functions answer when they are called for their effect.
        Type::VOID => Ok(Value::Null),
        _ => Err(Error::Type {
            column: place,
            wanted: "a value",
            found: ty.name().into(),
        }),
    }
}

fn get<'a, T: FromSql<'a> + Into<Value>>(
    raw: &'a tokio_postgres::Row,
    place: usize,
    ty: &Type,
) -> Result<Value, Error> {
    Ok(get_raw::<T>(raw, place, ty)?.into())
}

fn get_raw<'a, T: FromSql<'a>>(raw: &'a tokio_postgres::Row, place: usize, ty: &Type) -> Result<Option<T>, Error> {
    raw.try_get(place).map_err(|_| Error::Type {
        column: place,
        wanted: "a value",
        found: ty.name().into(),
    })
}
