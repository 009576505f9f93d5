//! Rows in columns, as they cross the bridge, to and from CQL's bytes. Null is read as 0, "" or
//! nothing, and never written.

use std::fmt;

use scylla::deserialize::row::ColumnIterator;
use scylla::frame::response::result::{CollectionType, ColumnType, NativeType};
use scylla::response::query_result::QueryRowsResult;
use scylla::serialize::SerializationError;
use scylla::serialize::row::{RowSerializationContext, SerializeRow};
use scylla::serialize::writers::RowWriter;

use crate::cassandra::ffi::{CqlColumn, CqlRows};
use crate::error::{BridgeError, Code, Result};

/// How the values of a column of this type are kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Form {
    /// In `ints`, so many bytes each.
    Int(usize),
    /// In `texts`.
    Text,
    /// The elements in `ints`, where they end in `ends`.
    List(usize),
    /// Keys in `texts`, values in `ints`, where they end in `ends`.
    Map(usize),
}

fn int_size(kind: &ColumnType) -> Option<usize> {
    match kind {
        ColumnType::Native(NativeType::Boolean | NativeType::TinyInt) => Some(1),
        ColumnType::Native(NativeType::SmallInt) => Some(2),
        ColumnType::Native(NativeType::Int) => Some(4),
        ColumnType::Native(NativeType::BigInt | NativeType::Counter | NativeType::Timestamp) => Some(8),
        _ => None,
    }
}

fn is_text(kind: &ColumnType) -> bool {
    matches!(kind, ColumnType::Native(NativeType::Text | NativeType::Ascii))
}

fn form(kind: &ColumnType) -> std::result::Result<Form, Unfit> {
    let found = match kind {
        ColumnType::Collection { typ: CollectionType::List(of) | CollectionType::Set(of), .. } => {
            int_size(of).map(Form::List)
        }
        ColumnType::Collection { typ: CollectionType::Map(key, value), .. } if is_text(key) => {
            int_size(value).map(Form::Map)
        }
        kind if is_text(kind) => Some(Form::Text),
        kind => int_size(kind).map(Form::Int),
    };
    found.ok_or_else(|| Unfit(format!("columns of type {kind:?} are not supported")))
}

/// Why values do not fit a statement.
#[derive(Debug)]
pub struct Unfit(String);

impl fmt::Display for Unfit {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl std::error::Error for Unfit {}

fn put_int(bytes: &mut Vec<u8>, value: i64, size: usize) -> std::result::Result<(), Unfit> {
    let whole = value.to_be_bytes();
    let (dropped, kept) = whole.split_at(whole.len() - size);
    // What is dropped must be nothing but the sign.
    let sign = if kept[0] & 0x80 == 0 { 0 } else { 0xff };
    if dropped.iter().any(|&byte| byte != sign) {
        return Err(Unfit(format!("{value} does not fit a column of {} bits", 8 * size)));
    }
    bytes.extend_from_slice(kept);
    Ok(())
}

fn put_size(bytes: &mut Vec<u8>, size: usize) -> std::result::Result<(), Unfit> {
    let size = i32::try_from(size).map_err(|_| Unfit(format!("{size} bytes or elements are too many for CQL")))?;
    bytes.extend_from_slice(&size.to_be_bytes());
    Ok(())
}

fn span(ends: &[usize], row: usize) -> std::ops::Range<usize> {
    let start = if row == 0 { 0 } else { ends[row - 1] };
    start..ends[row]
}

fn encode(bytes: &mut Vec<u8>, column: &CqlColumn, row: usize, form: Form) -> std::result::Result<(), Unfit> {
    match form {
        Form::Int(size) => put_int(bytes, column.ints[row], size),
        Form::Text => {
            bytes.extend_from_slice(column.texts[row].as_bytes());
            Ok(())
        }
        Form::List(size) => {
            let elements = &column.ints[span(&column.ends, row)];
            put_size(bytes, elements.len())?;
            for &element in elements {
                put_size(bytes, size)?;
                put_int(bytes, element, size)?;
            }
            Ok(())
        }
        Form::Map(size) => {
            let elements = span(&column.ends, row);
            put_size(bytes, elements.len())?;
            for at in elements {
                put_size(bytes, column.texts[at].len())?;
                bytes.extend_from_slice(column.texts[at].as_bytes());
                put_size(bytes, size)?;
                put_int(bytes, column.ints[at], size)?;
            }
            Ok(())
        }
    }
}

/// One row of what is to be bound.
pub struct BoundRow<'rows> {
    pub columns: &'rows [CqlColumn],
    pub row: usize,
}

impl SerializeRow for BoundRow<'_> {
    fn serialize(
        &self,
        context: &RowSerializationContext<'_>,
        writer: &mut RowWriter,
    ) -> std::result::Result<(), SerializationError> {
        let specs = context.columns();
        if specs.len() != self.columns.len() {
            let text = format!("{} values for {} parameters", self.columns.len(), specs.len());
            return Err(SerializationError::new(Unfit(text)));
        }
        let mut bytes = Vec::new();
        for (spec, column) in specs.iter().zip(self.columns) {
            bytes.clear();
            form(spec.typ())
                .and_then(|form| encode(&mut bytes, column, self.row, form))
                .map_err(|unfit| SerializationError::new(Unfit(format!("{}: {unfit}", spec.name()))))?;
            writer.make_cell_writer().set_value(&bytes).map_err(SerializationError::new)?;
        }
        Ok(())
    }

    fn is_empty(&self) -> bool {
        self.columns.is_empty()
    }
}

fn damaged() -> BridgeError {
    BridgeError::new(Code::Corrupt, "the server's answer does not hold what its types say")
}

fn take<'bytes>(bytes: &mut &'bytes [u8], size: usize) -> Result<&'bytes [u8]> {
    let (taken, rest) = bytes.split_at_checked(size).ok_or_else(damaged)?;
    *bytes = rest;
    Ok(taken)
}

/// A size of a value; 0 for null.
fn take_size(bytes: &mut &[u8]) -> Result<usize> {
    let size = i32::from_be_bytes(take(bytes, 4)?.try_into().expect("four bytes"));
    Ok(usize::try_from(size).unwrap_or(0))
}

/// A whole number of any width; 0 for null.
fn int(bytes: &[u8]) -> Result<i64> {
    if bytes.len() > 8 {
        return Err(damaged());
    }
    let sign = if bytes.first().is_some_and(|byte| byte & 0x80 != 0) { 0xff } else { 0 };
    let mut whole = [sign; 8];
    whole[8 - bytes.len()..].copy_from_slice(bytes);
    Ok(i64::from_be_bytes(whole))
}

fn text(bytes: &[u8]) -> Result<String> {
    String::from_utf8(bytes.to_vec()).map_err(|_| damaged())
}

fn decode(column: &mut CqlColumn, form: Form, mut bytes: &[u8]) -> Result<()> {
    match form {
        Form::Int(_) => column.ints.push(int(bytes)?),
        Form::Text => column.texts.push(text(bytes)?),
        Form::List(_) => {
            let count = if bytes.is_empty() { 0 } else { take_size(&mut bytes)? };
            for _ in 0..count {
                let size = take_size(&mut bytes)?;
                column.ints.push(int(take(&mut bytes, size)?)?);
            }
            column.ends.push(column.ints.len());
        }
        Form::Map(_) => {
            let count = if bytes.is_empty() { 0 } else { take_size(&mut bytes)? };
            for _ in 0..count {
                let size = take_size(&mut bytes)?;
                column.texts.push(text(take(&mut bytes, size)?)?);
                let size = take_size(&mut bytes)?;
                column.ints.push(int(take(&mut bytes, size)?)?);
            }
            column.ends.push(column.ints.len());
        }
    }
    Ok(())
}

/// Adds the rows of a page to `rows`. The number of rows.
pub fn append_page(rows: &mut CqlRows, page: &QueryRowsResult) -> Result<usize> {
    let unfit = |error: &dyn fmt::Display| BridgeError::new(Code::Internal, error.to_string());
    let forms = page
        .column_specs()
        .iter()
        .map(|spec| form(spec.typ()))
        .collect::<std::result::Result<Vec<_>, _>>()
        .map_err(|error| unfit(&error))?;
    if rows.columns.is_empty() {
        rows.columns.resize_with(forms.len(), CqlColumn::default);
    }
    for row in page.rows::<ColumnIterator>().map_err(|error| unfit(&error))? {
        for (cell, (column, &form)) in row.map_err(|_| damaged())?.zip(rows.columns.iter_mut().zip(&forms)) {
            let slice = cell.map_err(|_| damaged())?.slice;
            decode(column, form, slice.map_or(&[], |bytes| bytes.as_slice()))?;
        }
    }
    Ok(page.rows_num())
}

/// Adds all of `more` behind `rows`.
pub fn append_rows(rows: &mut CqlRows, more: CqlRows) {
    if rows.columns.is_empty() {
        rows.columns.resize_with(more.columns.len(), CqlColumn::default);
    }
    for (column, added) in rows.columns.iter_mut().zip(more.columns) {
        // Of a list or a map the ends count its elements, which lie in `ints`.
        let before = column.ints.len();
        column.ends.extend(added.ends.iter().map(|end| end + before));
        column.ints.extend(added.ints);
        column.texts.extend(added.texts);
    }
    let before = rows.ends.last().copied().unwrap_or(0);
    rows.ends.extend(more.ends.iter().map(|end| end + before));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn there_and_back(column: &CqlColumn, rows: usize, form: Form) -> CqlColumn {
        let mut back = CqlColumn::default();
        for row in 0..rows {
            let mut bytes = Vec::new();
            encode(&mut bytes, column, row, form).unwrap();
            decode(&mut back, form, &bytes).unwrap();
        }
        back
    }

    #[test]
    fn gives_back_whole_numbers_of_every_width() {
        for (size, ints) in [
            (1, vec![-128, -1, 0, 127]),
            (2, vec![-32768, 5, 32767]),
            (4, vec![i64::from(i32::MIN), -7, i64::from(i32::MAX)]),
            (8, vec![i64::MIN, 0, i64::MAX]),
        ] {
            let column = CqlColumn { ints, ..Default::default() };
            let back = there_and_back(&column, column.ints.len(), Form::Int(size));
            assert_eq!(back.ints, column.ints);
        }
    }

    #[test]
    fn refuses_numbers_that_do_not_fit() {
        for value in [i64::from(i32::MAX) + 1, i64::from(i32::MIN) - 1, i64::MAX] {
            assert!(put_int(&mut Vec::new(), value, 4).is_err());
        }
    }

    #[test]
    fn gives_back_lists_and_maps_also_empty_ones() {
        let lists = CqlColumn { ints: vec![3, -1, 9], ends: vec![2, 2, 3], ..Default::default() };
        let back = there_and_back(&lists, 3, Form::List(4));
        assert_eq!((back.ints, back.ends), (lists.ints, lists.ends));
        let maps = CqlColumn { ints: vec![7, 8], texts: vec!["a".into(), "\u{e4}/0".into()], ends: vec![0, 2] };
        let back = there_and_back(&maps, 2, Form::Map(8));
        assert_eq!((back.ints, back.texts, back.ends), (maps.ints, maps.texts, maps.ends));
    }

    #[test]
    fn bytes_that_end_too_early_are_damage() {
        let mut column = CqlColumn::default();
        assert_eq!(decode(&mut column, Form::List(8), &[0, 0, 0, 1, 0, 0]).unwrap_err().code, Code::Corrupt);
        assert_eq!(decode(&mut column, Form::Text, &[0xff]).unwrap_err().code, Code::Corrupt);
    }

    #[test]
    fn rows_of_requests_are_put_in_order() {
        let part = |ints: Vec<i64>, ends: Vec<usize>| CqlRows {
            ends: vec![ends.len()],
            columns: vec![CqlColumn { ints, ends, ..Default::default() }],
        };
        let mut all = CqlRows::default();
        append_rows(&mut all, part(vec![1, 2], vec![1, 2]));
        append_rows(&mut all, CqlRows { ends: vec![0], columns: vec![] });
        append_rows(&mut all, part(vec![5], vec![1]));
        assert_eq!(all.ends, [2, 2, 3]);
        assert_eq!(all.columns[0].ints, [1, 2, 5]);
        assert_eq!(all.columns[0].ends, [1, 2, 3]);
    }
}
