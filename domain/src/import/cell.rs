//! One field of a file as a value, and a value as a field.

use crate::schema::DEGREE;

/// Characters at which spreadsheet programs begin a formula (OWASP, "CSV Injection"), in both widths.
const FORMULA: &[char] = &['=', '+', '-', '@', '＝', '＋', '－', '＠'];

/// A text that no spreadsheet program runs as a formula: an apostrophe goes before what would begin one. So that
/// reading it back is exact, one also goes before an apostrophe that [`unguard`] would take away. Blanks in front
/// do not count, neither to spreadsheet programs nor to the import.
pub(crate) fn guard(text: &str) -> String {
    let trimmed = text.trim_start();
    if trimmed.starts_with(FORMULA) || is_guarded(trimmed) {
        format!("'{trimmed}")
    } else if text.starts_with(['\t', '\r']) {
        trimmed.to_owned()
    } else {
        text.to_owned()
    }
}

/// The text that was guarded.
pub(super) fn unguard(text: &str) -> &str {
    if is_guarded(text) { &text[1..] } else { text }
}

fn is_guarded(text: &str) -> bool {
    text.strip_prefix('\'').is_some_and(|rest| rest.starts_with(FORMULA) || rest.starts_with('\''))
}

/// Decimal degrees as millionths of a degree, rounded to the nearest, without going through a float.
pub(super) fn parse_degrees(text: &str, decimal_comma: bool) -> Option<i64> {
    let text = text.strip_prefix('+').unwrap_or(text);
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text),
    };
    let separator = if decimal_comma && digits.contains(',') { ',' } else { '.' };
    let (whole, fraction) = digits.split_once(separator).unwrap_or((digits, ""));
    let all_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty()
        || whole.len() > 3
        || fraction.len() > 30
        || !all_digits(whole)
        || !all_digits(fraction)
    {
        return None;
    }
    let millionths: i64 = format!("{fraction:0<6}").get(..6)?.parse().ok()?;
    let up = i64::from(fraction.as_bytes().get(6).is_some_and(|b| *b >= b'5'));
    Some(sign * (whole.parse::<i64>().ok()? * DEGREE + millionths + up))
}

/// Millionths of a degree as decimal degrees, as short as can be.
pub(crate) fn format_degrees(millionths: i64) -> String {
    let sign = if millionths < 0 { "-" } else { "" };
    let (whole, fraction) = (millionths.unsigned_abs() / 1_000_000, millionths.unsigned_abs() % 1_000_000);
    let text = format!("{sign}{whole}.{fraction:06}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// `2026-07-15T07:30`, also with a blank for the `T` or with seconds of zero.
pub(super) fn parse_civil(text: &str) -> Option<String> {
    let text = text.replacen(' ', "T", 1);
    let text = if text.len() == 19 { text.strip_suffix(":00")? } else { &text };
    crate::time::parse_civil(text).map(|_| text.to_owned())
}

pub(super) fn parse_bool(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" => Some(true),
        "" | "0" | "false" | "no" => Some(false),
        _ => None,
    }
}

/// Words separated by ';'. A backslash keeps a ';' or a backslash inside a word.
pub(super) fn parse_words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            ';' => words.push(std::mem::take(&mut word)),
            '\\' => word.extend(chars.next()),
            c => word.push(c),
        }
    }
    words.push(word);
    words.iter().map(|w| w.trim().to_owned()).filter(|w| !w.is_empty()).collect()
}

pub(crate) fn format_words<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let escaped: Vec<String> = words.map(|w| w.replace('\\', "\\\\").replace(';', "\\;")).collect();
    escaped.join(";")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn degrees_are_exact_and_come_back_as_written() {
        for (text, value) in [
            ("52.042232", 52_042_232),
            ("-2.37692", -2_376_920),
            ("-0.000001", -1),
            ("0", 0),
            ("180", 180_000_000),
            ("0.1", 100_000),
        ] {
            assert_eq!(parse_degrees(text, false), Some(value), "{text}");
            assert_eq!(format_degrees(value), text);
        }
        assert_eq!(parse_degrees("52,5", true), Some(52_500_000));
        assert_eq!(parse_degrees("1.0000005", false), Some(1_000_001));
        assert_eq!(parse_degrees("1.0000004", false), Some(1_000_000));
        for bad in ["", "-", ".5", "1.2.3", "52,5", "N52", "1e3", "1234", "--1", "1 2"] {
            assert_eq!(parse_degrees(bad, false), None, "{bad}");
        }
    }

    #[test]
    fn guarding_against_formulas_is_exact_both_ways() {
        for text in
            ["=1+1", "-x", "@a", "+1", "＝1", "'=1", "''", "'", "'s avonds", "plain", "", "'''=", "a=b", "'-"]
        {
            for blanks in ["", " ", "\t", "\r\n"] {
                let guarded = guard(&format!("{blanks}{text}"));
                let first = guarded.trim_start();
                assert!(!first.starts_with(FORMULA) && !guarded.starts_with(['\t', '\r']), "{guarded}");
                assert_eq!(unguard(first), text, "{guarded}");
            }
        }
    }

    #[test]
    fn words_keep_semicolons_and_backslashes() {
        for words in [vec!["a", "b;c", "d\\e"], vec!["\\;"], vec![], vec!["training"]] {
            assert_eq!(parse_words(&format_words(words.iter().copied())), words);
        }
        assert_eq!(parse_words(" a ;; b;\\"), ["a", "b"]);
    }

    #[test]
    fn times_have_one_spelling_however_written() {
        for text in ["2026-07-15T07:30", "2026-07-15 07:30", "2026-07-15T07:30:00"] {
            assert_eq!(parse_civil(text).as_deref(), Some("2026-07-15T07:30"));
        }
        for bad in ["15/07/2026 07:30", "2026-07-15", "2026-07-15T07:30:15", "2026-02-30T10:00"] {
            assert_eq!(parse_civil(bad), None, "{bad}");
        }
    }
}
