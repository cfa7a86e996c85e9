//! Bytes as records under a header.

use super::{COLUMNS, EXPORT_ONLY, FILE_MAX, Preview, RowErrorCode as Code};
use crate::ordered::OrdMap;

/// A file's records, each with as many fields as the header.
pub(super) struct CsvTable {
    /// The position of each known column.
    columns: OrdMap<&'static str, usize>,
    pub records: Vec<Record>,
    /// In files with ';' or tabs between the fields, numbers may have a decimal comma.
    pub decimal_comma: bool,
}

pub(super) struct Record {
    pub line: u32,
    fields: csv::StringRecord,
}

impl CsvTable {
    pub fn has(&self, column: &str) -> bool {
        self.columns.contains_key(column)
    }

    /// A field without blanks around it; `None` where the file has no such column.
    pub fn field<'a>(&self, record: &'a Record, column: &str) -> Option<&'a str> {
        let position = self.columns.get(column)?;
        record.fields.get(*position).map(str::trim)
    }
}

/// Reads a file; `None` where nothing in it can be used, with the errors in the preview.
pub(super) fn read(bytes: &[u8], preview: &mut Preview) -> Option<CsvTable> {
    if bytes.len() > FILE_MAX {
        let message = format!("The file is over {} MB; split it into several files.", FILE_MAX / 1024 / 1024);
        preview.error(1, None, Code::TooLarge, message);
        return None;
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.strip_prefix('\u{feff}').unwrap_or(text),
        Err(e) => {
            let line = 1 + bytes[..e.valid_up_to()].iter().filter(|b| **b == b'\n').count() as u32;
            let message = "The file is not UTF-8 text. Save it as “CSV UTF-8” and choose it again.";
            preview.error(line, None, Code::NotUtf8, message);
            return None;
        }
    };
    let delimiter = delimiter(text);
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let mut lines = Lines::new(text);
    // The bytes are valid UTF-8 and in memory, so reading a record cannot fail.
    let mut records =
        reader.records().filter_map(Result::ok).filter(|r| r.iter().any(|f| !f.trim().is_empty()));
    let Some(header) = records.next() else {
        preview.error(1, None, Code::Empty, "The file is empty.");
        return None;
    };
    let columns = header_columns(&header, lines.of(&header), preview)?;
    let mut table = CsvTable { columns, records: Vec::new(), decimal_comma: delimiter != b',' };
    let mut any = false;
    for fields in records {
        any = true;
        let line = lines.of(&fields);
        if fields.len() == header.len() {
            table.records.push(Record { line, fields });
        } else {
            let message = format!("This row has {} fields, the header has {}.", fields.len(), header.len());
            preview.error(line, None, Code::FieldCount, message);
        }
    }
    if !any {
        preview.error(1, None, Code::Empty, "The file has a header and no rows.");
    }
    Some(table)
}

/// ';', tab or ',': what the header, which has no need of quotes, has most of.
fn delimiter(text: &str) -> u8 {
    let header = text.lines().find(|l| !l.trim().is_empty()).unwrap_or("");
    let count = |c: char| header.matches(c).count();
    [(b';', count(';')), (b'\t', count('\t'))]
        .into_iter()
        .filter(|(_, n)| *n > count(','))
        .max_by_key(|(_, n)| *n)
        .map_or(b',', |(c, _)| c)
}

fn header_columns(
    header: &csv::StringRecord,
    line: u32,
    preview: &mut Preview,
) -> Option<OrdMap<&'static str, usize>> {
    let mut columns = OrdMap::new();
    for (position, name) in header.iter().enumerate() {
        let name = name.trim().to_lowercase().replace([' ', '-'], "_");
        if let Some(known) = COLUMNS.iter().find(|c| **c == name) {
            if columns.insert(*known, position).is_some() {
                preview.error(
                    line,
                    Some(known),
                    Code::DuplicateColumn,
                    format!("The column “{known}” is there twice."),
                );
            }
        } else if !name.is_empty() && !EXPORT_ONLY.contains(&name.as_str()) {
            let name: String = name.chars().take(80).collect();
            let message = format!("The column “{name}” is not known and is passed over.");
            preview.warn(line, Some(&name), Code::UnknownColumn, message);
        }
    }
    let mut need = |names: &[&str]| {
        if !names.iter().any(|n| columns.contains_key(n)) {
            let message = format!("The header needs a column “{}”.", names.join("” or “"));
            preview.error(line, names.first().copied(), Code::MissingColumn, message);
        }
    };
    need(&["role", "title"]);
    need(&["start"]);
    need(&["end"]);
    preview.errors.is_empty().then_some(columns)
}

/// Line numbers of records. The reader counts a record from the end of the one before, blank lines and all, so
/// the line is counted from the byte where its text begins.
struct Lines<'a> {
    text: &'a [u8],
    at: usize,
    line: u32,
}

impl<'a> Lines<'a> {
    fn new(text: &'a str) -> Lines<'a> {
        Lines { text: text.as_bytes(), at: 0, line: 1 }
    }

    fn of(&mut self, record: &csv::StringRecord) -> u32 {
        let start = record.position().map_or(self.at, |p| p.byte() as usize);
        let blank = |b: &u8| matches!(b, b'\n' | b'\r');
        let skipped = self.text.get(start..).unwrap_or(&[]).iter().take_while(|b| blank(b)).count();
        let start = (start + skipped).min(self.text.len());
        if let Some(passed) = self.text.get(self.at..start) {
            self.line += passed.iter().filter(|b| **b == b'\n').count() as u32;
            self.at = start;
        }
        self.line
    }
}
