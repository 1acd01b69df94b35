//! Protobuf as it stands in the bytes, for tests that change it there.

use prost::bytes::Buf;
use prost::encoding::{
    DecodeContext, WireType, decode_key, decode_varint, encode_key, encode_varint, skip_field,
};

/// A field: its number, and all its bytes, its key included.
pub type Field = (u32, Vec<u8>);

/// The fields of a message up to its end, or to where it is none.
///
/// `inner` gives what stands in place of the bytes of a field that holds some.
pub fn fields(message: &[u8], mut inner: impl FnMut(u32, &[u8]) -> Vec<u8>) -> Vec<Field> {
    let mut rest = message;
    let mut fields = Vec::new();
    while let Some(field) = next(&mut rest, &mut inner) {
        fields.push(field);
    }
    fields
}

fn next(rest: &mut &[u8], inner: &mut impl FnMut(u32, &[u8]) -> Vec<u8>) -> Option<Field> {
    if rest.is_empty() {
        return None;
    }
    let start = *rest;
    let (number, wire) = decode_key(rest).ok()?;
    if wire != WireType::LengthDelimited {
        skip_field(wire, number, rest, DecodeContext::default()).ok()?;
        return Some((number, start[..start.len() - rest.len()].to_vec()));
    }
    let length = usize::try_from(decode_varint(rest).ok()?).ok()?;
    let bytes = inner(number, rest.get(..length)?);
    rest.advance(length);
    Some((number, field(number, &bytes)))
}

/// The fields of a message, those with the highest number first.
pub fn backwards(message: &[u8], inner: impl FnMut(u32, &[u8]) -> Vec<u8>) -> Vec<u8> {
    let mut fields = fields(message, inner);
    fields.sort_by_key(|(number, _)| std::cmp::Reverse(*number));
    fields.into_iter().flat_map(|(_, field)| field).collect()
}

/// A field that holds these bytes.
pub fn field(number: u32, bytes: &[u8]) -> Vec<u8> {
    let mut field = Vec::new();
    encode_key(number, WireType::LengthDelimited, &mut field);
    encode_varint(bytes.len() as u64, &mut field);
    field.extend(bytes);
    field
}

/// Where the lengths of fields begin and end, in a message up to its end, or to where
/// it is none.
pub fn lengths(message: &[u8]) -> Vec<(usize, usize)> {
    let mut lengths = Vec::new();
    let mut rest = message;
    while let Ok((number, wire)) = decode_key(&mut rest) {
        let start = message.len() - rest.len();
        let length = (wire == WireType::LengthDelimited).then(|| decode_varint(&mut &*rest));
        if skip_field(wire, number, &mut rest, DecodeContext::default()).is_err() {
            break;
        }
        if let Some(Ok(length)) = length {
            lengths.push((start, message.len() - rest.len() - length as usize));
        }
        if rest.is_empty() {
            break;
        }
    }
    lengths
}

/// The field of `RouteMap` that holds its routes.
pub const ROUTES: u32 = 12;
/// The one that holds the values of settings.
pub const SETTINGS: u32 = 14;

/// A push with its routes from the last to the first, and all fields, also those of
/// routes, in an order in which no encoder writes them.
pub fn turned(push: &[u8]) -> Vec<u8> {
    let mut fields = fields(push, |number, bytes| match number {
        ROUTES => backwards(bytes, |_, bytes| bytes.to_vec()),
        _ => bytes.to_vec(),
    });
    let (mut routes, rest): (Vec<Field>, Vec<Field>) =
        fields.drain(..).partition(|(number, _)| *number == ROUTES);
    routes.reverse();
    routes.extend(rest);
    routes.sort_by_key(|(number, _)| std::cmp::Reverse(*number));
    routes.into_iter().flat_map(|(_, field)| field).collect()
}
