//! Protobuf's wire format, read strictly: every byte is accounted for. Only what every
//! reader of protobuf takes is taken with two spellings: a number with idle bytes.

/// What the bytes are not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed {
    /// What, in words.
    pub what: &'static str,
}

/// A field as it stands in the bytes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Raw<'a> {
    Varint(u64),
    Fixed64(u64),
    Fixed32(u32),
    Bytes(&'a [u8]),
}

impl<'a> Raw<'a> {
    pub fn varint(self) -> Result<u64, Malformed> {
        match self {
            Raw::Varint(v) => Ok(v),
            _ => Err(Malformed {
                what: "a field has another wire type than its number",
            }),
        }
    }

    /// A uint32: a varint that fits.
    pub fn uint32(self) -> Result<u32, Malformed> {
        u32::try_from(self.varint()?).map_err(|_| Malformed {
            what: "a 32-bit number is larger than that",
        })
    }

    /// A bool: 0 or 1, so that nothing has two spellings.
    pub fn bool(self) -> Result<bool, Malformed> {
        match self.varint()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Malformed {
                what: "a bool is neither 0 nor 1",
            }),
        }
    }

    /// A sint64: zigzag.
    pub fn sint64(self) -> Result<i64, Malformed> {
        self.varint().map(zigzag)
    }

    pub fn fixed64(self) -> Result<u64, Malformed> {
        match self {
            Raw::Fixed64(v) => Ok(v),
            _ => Err(Malformed {
                what: "a field has another wire type than its number",
            }),
        }
    }

    pub fn bytes(self) -> Result<&'a [u8], Malformed> {
        match self {
            Raw::Bytes(v) => Ok(v),
            _ => Err(Malformed {
                what: "a field has another wire type than its number",
            }),
        }
    }

    pub fn str(self) -> Result<&'a str, Malformed> {
        std::str::from_utf8(self.bytes()?).map_err(|_| Malformed {
            what: "a text is not UTF-8",
        })
    }
}

/// The fields of a message, one after the other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    pub fn of(message: &'a [u8]) -> Fields<'a> {
        Fields { rest: message }
    }

    /// What was not read yet.
    #[inline]
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// The bytes of the next field, if it has this number, below 16, and less than 128
    /// of them. Otherwise nothing is read.
    #[inline]
    pub fn short(&mut self, number: u32) -> Option<&'a [u8]> {
        let [tag, length @ 0..=0x7F, tail @ ..] = self.rest else {
            return None;
        };
        if u32::from(*tag) != number << 3 | 2 {
            return None;
        }
        let (bytes, tail) = tail.split_at_checked(usize::from(*length))?;
        self.rest = tail;
        Some(bytes)
    }

    /// The varint of the next field, if it has this number, below 16; else 0, and
    /// nothing is read.
    #[inline]
    pub fn number(&mut self, number: u32) -> Result<u64, Malformed> {
        match self.rest {
            [tag, tail @ ..] if u32::from(*tag) == number << 3 => {
                self.rest = tail;
                varint(&mut self.rest)
            }
            _ => Ok(0),
        }
    }

    /// The next field: its number and what it holds.
    #[inline]
    pub fn next(&mut self) -> Result<Option<(u32, Raw<'a>)>, Malformed> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let tag = varint(&mut self.rest)?;
        let number = u32::try_from(tag >> 3).map_err(|_| Malformed {
            what: "a field number is too large",
        })?;
        if number == 0 || number >= 1 << 29 {
            return Err(Malformed {
                what: "a field number is 0 or too large",
            });
        }
        let raw = match tag & 7 {
            0 => Raw::Varint(varint(&mut self.rest)?),
            1 => Raw::Fixed64(u64::from_le_bytes(*self.take::<8>()?)),
            2 => {
                let length = varint(&mut self.rest)?;
                let length = usize::try_from(length)
                    .ok()
                    .filter(|l| *l <= self.rest.len());
                let length = length.ok_or(Malformed {
                    what: "a length reaches beyond the end",
                })?;
                let (bytes, rest) = self.rest.split_at(length);
                self.rest = rest;
                Raw::Bytes(bytes)
            }
            5 => Raw::Fixed32(u32::from_le_bytes(*self.take::<4>()?)),
            _ => {
                return Err(Malformed {
                    what: "a group, or a wire type that does not exist",
                });
            }
        };
        Ok(Some((number, raw)))
    }

    fn take<const N: usize>(&mut self) -> Result<&'a [u8; N], Malformed> {
        let (bytes, rest) = self.rest.split_first_chunk().ok_or(Malformed {
            what: "the bytes end within a field",
        })?;
        self.rest = rest;
        Ok(bytes)
    }
}

/// The signed number that a sint stands for.
#[inline]
pub(crate) fn zigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}

/// Reads a varint of at most ten bytes whose value fits 64 bits.
#[inline]
pub(crate) fn varint(rest: &mut &[u8]) -> Result<u64, Malformed> {
    match *rest {
        // Tags, lengths and most numbers.
        [byte @ 0..=0x7F, tail @ ..] => {
            *rest = tail;
            Ok(u64::from(*byte))
        }
        _ => long_varint(rest),
    }
}

fn long_varint(rest: &mut &[u8]) -> Result<u64, Malformed> {
    if let Some(word) = rest.first_chunk() {
        let word = u64::from_le_bytes(*word);
        let ends = !word & 0x8080_8080_8080_8080;
        if ends != 0 {
            *rest = &rest[ends.trailing_zeros() as usize / 8 + 1..];
            return Ok(sevens(word & (ends ^ (ends - 1)) & 0x7F7F_7F7F_7F7F_7F7F));
        }
    }
    let mut value = 0;
    for (at, byte) in rest.iter().take(10).enumerate() {
        if at == 9 && *byte > 1 {
            return Err(Malformed {
                what: "a varint is larger than 64 bits",
            });
        }
        value |= u64::from(byte & 0x7F) << (7 * at);
        if byte & 0x80 == 0 {
            *rest = &rest[at + 1..];
            return Ok(value);
        }
    }
    match rest.len() < 10 {
        true => Err(Malformed {
            what: "the bytes end within a number",
        }),
        false => Err(Malformed {
            what: "a varint is longer than ten bytes",
        }),
    }
}

/// Moves the seven low bits of each byte together: pairs of bytes, of 14 bits, of 28.
#[inline]
fn sevens(word: u64) -> u64 {
    let word = (word & 0x007F_007F_007F_007F) | (word & 0x7F00_7F00_7F00_7F00) >> 1;
    let word = (word & 0x0000_3FFF_0000_3FFF) | (word & 0x3FFF_0000_3FFF_0000) >> 2;
    (word & 0x0FFF_FFFF) | (word & 0x0FFF_FFFF_0000_0000) >> 4
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn varints() {
        let rows: &[(&[u8], Option<u64>)] = &[
            (&[0], Some(0)),
            (&[0x96, 0x01], Some(150)),
            (
                &[0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01],
                Some(u64::MAX),
            ),
            (
                &[0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x02],
                None,
            ),
            (
                &[
                    0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00,
                ],
                None,
            ),
            (&[0x80], None),
            (&[], None),
        ];
        for (bytes, value) in rows {
            assert_eq!(varint(&mut &bytes[..]).ok(), *value, "{bytes:?}");
        }
    }

    /// Whatever stands behind it, and however little.
    #[test]
    fn varints_of_each_length() {
        for value in (0..64).flat_map(|bit| [1 << bit, (1 << bit) - 1, !0 >> bit]) {
            let mut bytes = Vec::new();
            let mut left: u64 = value;
            while left > 0x7F {
                bytes.push(left as u8 | 0x80);
                left >>= 7;
            }
            bytes.push(left as u8);
            for tail in [&[][..], &[0xFF], &[0; 9], &[0xFF; 9]] {
                let all = [&bytes[..], tail].concat();
                let mut rest = &all[..];
                assert_eq!(varint(&mut rest).ok(), Some(value), "{all:?}");
                assert_eq!(rest, tail);
            }
        }
    }

    #[test]
    fn fields_that_do_not_exist() {
        for bytes in [
            &[0x03][..],
            &[0x0B],
            &[0x07],
            &[0x02, 0x00],
            &[0x0A, 0x05, 0x00],
            &[0x09, 0x00],
        ] {
            assert!(Fields::of(bytes).next().is_err(), "{bytes:?}");
        }
    }
}
