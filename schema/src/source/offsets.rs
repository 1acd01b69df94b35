//! From positions in characters, which the parser gives, to bytes.

/// Characters between two known places.
const STEP: usize = 64;

/// The bytes at which the characters of a text begin.
pub struct Offsets<'t> {
    text: &'t str,
    /// Byte of each `STEP`th character; empty if all characters are one byte.
    known: Vec<u32>,
}

impl<'t> Offsets<'t> {
    /// Of that text.
    pub fn new(text: &'t str) -> Offsets<'t> {
        let known = match text.is_ascii() {
            true => Vec::new(),
            false => text
                .char_indices()
                .step_by(STEP)
                .map(|(at, _)| at as u32)
                .collect(),
        };
        Offsets { text, known }
    }

    /// The byte at which that character begins.
    pub fn byte(&self, index: usize) -> u32 {
        if self.known.is_empty() {
            return index.min(self.text.len()) as u32;
        }
        let Some(start) = self.known.get(index / STEP) else {
            return self.text.len() as u32;
        };
        let rest = &self.text[*start as usize..];
        let further = rest
            .char_indices()
            .nth(index % STEP)
            .map_or(rest.len(), |(at, _)| at);
        start + further as u32
    }
}
