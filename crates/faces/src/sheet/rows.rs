//! A CSV sheet as rows of cells, one at a time. The separator is found in the header; a row and a cell have limits, so that no
//! sheet takes more memory than they allow.

use std::io::{self, Cursor, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use csv::{ByteRecord, Reader, ReaderBuilder};

use super::{Unreadable, cell};

/// The longest row, in bytes. A quote that is never closed is found by it.
const MOST_OF_ROW: usize = 1 << 20;
/// The longest cell, in bytes.
const MOST_OF_CELL: usize = 64 << 10;
/// Stands behind the last line of every file: whatever swallows it has opened a quote and not closed it.
const END: &str = "\u{1e}the file ends here\u{1e}";
/// The header stands within so many bytes.
const MOST_OF_HEADER: usize = 64 << 10;

/// Where a sheet is read from.
pub type Source = Box<dyn Read + Send>;

/// A file that is read row by row.
pub struct Sheet {
    name: String,
    reader: Reader<Bounded>,
    since_row: Arc<AtomicUsize>,
    header: Vec<String>,
    record: ByteRecord,
}

/// A row below the header.
#[derive(Debug)]
pub struct Row {
    /// Where it begins, from 1; after empty lines the first of these.
    pub line: u64,
    /// Its cells, as many as the header has; or why it cannot be used.
    pub cells: Result<Vec<String>, String>,
}

impl Sheet {
    /// Reads the header of a sheet that people call so.
    ///
    /// # Errors
    /// It cannot be read, is empty, or is no text in UTF-8.
    pub fn read(name: String, mut source: Source) -> Result<Self, Unreadable> {
        let mut begin = Vec::new();
        while begin.len() < MOST_OF_HEADER && !begin.contains(&b'\n') {
            let mut piece = vec![0; 4096];
            let length = source.read(&mut piece);
            let length = length.map_err(|error| Unreadable::at(format!("cannot read {name}"), error))?;
            if length == 0 {
                break;
            }
            begin.extend_from_slice(&piece[..length]);
        }
        if begin.starts_with(&[0xff, 0xfe]) || begin.starts_with(&[0xfe, 0xff]) {
            return Err(Unreadable::because(format!(
                "{name} is UTF-16: save it as CSV in UTF-8"
            )));
        }
        if let Some(rest) = begin.strip_prefix(b"\xef\xbb\xbf") {
            begin = rest.to_vec();
        }
        let separator = separator(&begin);
        let since_row = Arc::new(AtomicUsize::new(0));
        let bounded = Bounded {
            source: Box::new(
                Cursor::new(begin)
                    .chain(source)
                    .chain(Cursor::new(format!("\n{END}\n"))),
            ),
            since_row: Arc::clone(&since_row),
        };
        let reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(separator)
            .from_reader(bounded);
        let mut sheet = Self {
            name,
            reader,
            since_row,
            header: Vec::new(),
            record: ByteRecord::new(),
        };
        let Some(row) = sheet.take()? else {
            return Err(Unreadable::because(format!(
                "{} is empty: the first line names the columns",
                sheet.name
            )));
        };
        let header = row
            .cells
            .map_err(|why| Unreadable::because(format!("{}, line 1: {why}", sheet.name)))?;
        sheet.header = header.iter().map(|name| name.trim().to_owned()).collect();
        Ok(sheet)
    }

    /// The names of its columns.
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// The next row; none at the end.
    ///
    /// # Errors
    /// It cannot be read on: a row goes on and on, or the sheet ends within a cell.
    pub fn next_row(&mut self) -> Result<Option<Row>, Unreadable> {
        let Some(mut row) = self.take()? else { return Ok(None) };
        let wanted = self.header.len();
        if let Ok(cells) = &row.cells
            && cells.len() != wanted
        {
            row.cells = Err(format!("{} cells, where the header has {wanted}", cells.len()));
        }
        Ok(Some(row))
    }

    fn take(&mut self) -> Result<Option<Row>, Unreadable> {
        self.since_row.store(0, Ordering::Relaxed);
        let line = self.reader.position().line();
        let there = self.reader.read_byte_record(&mut self.record);
        let place = || format!("{}, line {line}", self.name);
        if !there.map_err(|error| Unreadable::at(place(), error.into()))? {
            return Ok(None);
        }
        let line = self.record.position().map_or(line, csv::Position::line);
        if self.record.len() == 1 && &self.record[0] == END.as_bytes() {
            // Nothing comes behind the end.
            let more = self.reader.read_byte_record(&mut self.record);
            if more.map_err(|error| Unreadable::at(place(), error.into()))? {
                return Err(Unreadable::because(format!("{}: this row is none", place())));
            }
            return Ok(None);
        }
        let ends_within = |cell: &[u8]| cell.ends_with(format!("{END}\n").as_bytes());
        if self.record.iter().next_back().is_some_and(ends_within) {
            return Err(Unreadable::because(format!(
                "{}, line {line}: a quote is opened in this row and never closed, or the file is cut off",
                self.name
            )));
        }
        let cells = self.record.iter().map(text).collect();
        Ok(Some(Row { line, cells }))
    }
}

fn text(bytes: &[u8]) -> Result<String, String> {
    if bytes.len() > MOST_OF_CELL {
        return Err(format!("a cell is longer than {} KiB", MOST_OF_CELL >> 10));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| "is not UTF-8".to_owned())?;
    if text.contains('\0') {
        return Err("holds a NUL character".to_owned());
    }
    Ok(cell::read(text).to_owned())
}

/// The separator that the header has most of.
fn separator(begin: &[u8]) -> u8 {
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0)];
    let mut quoted = false;
    for byte in begin.iter().take_while(|byte| **byte != b'\n') {
        if *byte == b'"' {
            quoted = !quoted;
        }
        for (separator, count) in &mut counts {
            if !quoted && byte == separator {
                *count += 1;
            }
        }
    }
    let mut most = counts[0];
    for found in counts {
        if found.1 > most.1 {
            most = found;
        }
    }
    most.0
}

/// Ends with an error where one row goes on and on.
struct Bounded {
    source: Source,
    since_row: Arc<AtomicUsize>,
}

impl Read for Bounded {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let length = self.source.read(into)?;
        let read = self.since_row.fetch_add(length, Ordering::Relaxed) + length;
        if read > MOST_OF_ROW + into.len() {
            return Err(io::Error::other(format!(
                "a row that begins here is longer than {} KiB: is a quote missing?",
                MOST_OF_ROW >> 10
            )));
        }
        Ok(length)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "in a test a panic is the report")]
mod tests {
    use super::*;

    fn sheet(text: &[u8]) -> Result<Sheet, Unreadable> {
        Sheet::read("file.csv".to_owned(), Box::new(Cursor::new(text.to_vec())))
    }

    fn rows(text: &[u8]) -> Vec<(u64, Result<Vec<String>, String>)> {
        let mut sheet = sheet(text).unwrap();
        let mut rows = Vec::new();
        while let Some(row) = sheet.next_row().unwrap() {
            rows.push((row.line, row.cells));
        }
        rows
    }

    fn cells(cells: &[&str]) -> Vec<String> {
        cells.iter().map(|cell| (*cell).to_owned()).collect()
    }

    #[test]
    fn the_header_says_what_separates() {
        for text in [
            "a,b\n1,2\n",
            "a;b\r\n1;2\r\n",
            "a\tb\n1\t2",
            "\u{feff}a,b\n1,2\n",
            "\"a;x\",b\n1,2\n",
        ] {
            let mut sheet = sheet(text.as_bytes()).unwrap();
            assert_eq!(sheet.header().len(), 2, "{text}");
            assert_eq!(sheet.next_row().unwrap().unwrap().cells, Ok(cells(&["1", "2"])));
            assert!(sheet.next_row().unwrap().is_none());
        }
    }

    #[test]
    fn a_quoted_cell_may_hold_anything_and_lines_are_counted() {
        assert_eq!(
            rows(b"a,b\n\"x, \"\"y\"\"\nz\",2\n3,4\n\n"),
            [(2, Ok(cells(&["x, \"y\"\nz", "2"]))), (4, Ok(cells(&["3", "4"])))]
        );
    }

    #[test]
    fn a_bad_row_is_one_and_the_next_is_none() {
        let found = rows(b"a,b\n1\n\xff,2\n3,4\n5,\0\n");
        assert_eq!(found[0], (2, Err("1 cells, where the header has 2".to_owned())));
        assert_eq!(found[1], (3, Err("is not UTF-8".to_owned())));
        assert_eq!(found[2], (4, Ok(cells(&["3", "4"]))));
        assert_eq!(found[3], (5, Err("holds a NUL character".to_owned())));
        let long = format!("a\n{}\nx\n", "y".repeat(MOST_OF_CELL + 1));
        let found = rows(long.as_bytes());
        assert!(found[0].1.is_err());
        assert_eq!(found[1].1, Ok(cells(&["x"])));
    }

    #[test]
    fn a_quote_that_is_never_closed_ends_the_reading() {
        let text = format!("a,b\n1,2\n\"3,{}", "x,y\n".repeat(MOST_OF_ROW));
        let mut sheet = sheet(text.as_bytes()).unwrap();
        assert!(sheet.next_row().unwrap().is_some());
        let error = sheet.next_row().unwrap_err().to_string();
        assert!(
            error.contains("line 3") && error.contains("is a quote missing?"),
            "{error}"
        );
    }

    #[test]
    fn a_file_that_ends_inside_a_quote_is_cut_off() {
        let mut sheet = sheet(b"a,b\n1,2\n3,\"x\n4,5\n").unwrap();
        assert!(sheet.next_row().unwrap().is_some());
        let error = sheet.next_row().unwrap_err().to_string();
        assert!(error.contains("line 3") && error.contains("never closed"), "{error}");
    }

    #[test]
    fn a_row_that_looks_like_the_end_hides_nothing() {
        let mut sheet = sheet(format!("a\n1\n{END}\n2\n").as_bytes()).unwrap();
        assert!(sheet.next_row().unwrap().is_some());
        let error = sheet.next_row().unwrap_err().to_string();
        assert!(error.contains("line 3"), "{error}");
    }

    #[test]
    fn what_is_no_csv_is_told() {
        assert!(sheet(b"").err().unwrap().to_string().contains("is empty"));
        assert!(sheet(b"\xff\xfea\0,\0").err().unwrap().to_string().contains("UTF-8"));
    }
}
