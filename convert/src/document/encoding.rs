//! Bytes to text: UTF-8 and UTF-16, with or without a byte order mark, as YAML 1.2 says.

use super::bounds::{FILE_BYTES_MAX, WIDE_BYTES_MAX};

/// Decodes a file.
///
/// # Errors
/// Why it is no text.
pub(super) fn decode(mut bytes: Vec<u8>) -> Result<String, String> {
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(format!("the file is larger than {FILE_BYTES_MAX} bytes"));
    }
    let text = match &bytes[..] {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, ..] => {
            bytes.drain(..3);
            utf8(bytes)
        }
        // A YAML text begins with ASCII: a zero byte tells the width.
        [0, low, ..] if *low != 0 => utf16(&bytes, u16::from_be_bytes),
        [low, 0, ..] if *low != 0 => utf16(&bytes, u16::from_le_bytes),
        _ => utf8(bytes),
    };
    let text = text?;
    match text.contains('\0') {
        // The parser would take it for the end.
        true => Err("it holds a zero byte, so it is no text".to_owned()),
        false => Ok(text),
    }
}

fn utf8(bytes: Vec<u8>) -> Result<String, String> {
    String::from_utf8(bytes).map_err(|fault| {
        let at = fault.utf8_error().valid_up_to();
        let line = fault.as_bytes()[..at]
            .iter()
            .filter(|b| **b == b'\n')
            .count()
            + 1;
        format!("byte {at} (in line {line}) is not UTF-8; convert the file, or name another")
    })
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, String> {
    if bytes.len() > WIDE_BYTES_MAX {
        return Err(format!(
            "UTF-16 of more than {WIDE_BYTES_MAX} bytes; convert the file to UTF-8"
        ));
    }
    let (units, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return Err("it looks like UTF-16, but has an odd number of bytes".to_owned());
    }
    char::decode_utf16(units.iter().map(|bytes| unit(*bytes)))
        .collect::<Result<String, _>>()
        .map_err(|fault| format!("it looks like UTF-16, but holds half a pair: {fault}"))
}
