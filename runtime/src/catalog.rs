//! What a binary was compiled with and no push may change: the CATALOG section.
//!
//! [`CatalogSpec::encode`] writes it when a definition is lowered; a publish copies
//! it from the baseline, byte for byte. [`CatalogView`] reads it.

mod check;
mod view;

use crate::cell_bytes;
use crate::layout::{
    CATALOG_HEAD_BYTES, CELL_BYTES, COLUMN_BYTES, CONSUMER_BYTES, INSTR_BYTES, RULE_BYTES,
    SETTING_BYTES, WORD_BYTES,
};
use crate::rules::Instr;
use crate::scalar::{Form, Kind, Scalar};
use crate::setting::{SettingSpec, Step};

pub(crate) use check::order;
pub use view::{CatalogView, SettingView};

/// A rule: its text, and the code that it was compiled to.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleSpec<'a> {
    /// As written, for messages.
    pub text: &'a str,
    /// In postfix order.
    pub code: Vec<Instr<'a>>,
}

/// A catalog, and the values that its settings have in the baseline.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CatalogSpec<'a> {
    /// Names of events. Sorted when encoded.
    pub events: Vec<&'a str>,
    /// Names of consumers. Sorted when encoded.
    pub consumers: Vec<&'a str>,
    /// Settings. Sorted by path when encoded.
    pub settings: Vec<SettingSpec<'a>>,
    /// Rules, in order.
    pub rules: Vec<RuleSpec<'a>>,
}

impl CatalogSpec<'_> {
    /// The bytes of the section.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut text = Vec::new();
        let mut consumers = Vec::new();
        for name in &self.consumers {
            put_text(&mut consumers, &mut text, name);
        }
        let (mut settings, mut columns, mut words) = (Vec::new(), Vec::new(), Vec::new());
        for setting in &self.settings {
            let at = encode_setting(setting, &columns, &words, &mut text);
            settings.extend_from_slice(&at);
            for (name, kind) in &setting.columns {
                put_text(&mut columns, &mut text, name);
                columns.extend_from_slice(&[*kind as u8, 0, 0, 0]);
            }
            for word in &setting.words {
                put_text(&mut words, &mut text, word);
            }
        }
        let (mut heads, mut code) = (Vec::new(), Vec::new());
        for rule in &self.rules {
            put_text(&mut heads, &mut text, rule.text);
            put_u32(&mut heads, code.len() / INSTR_BYTES);
            put_u32(&mut heads, rule.code.len());
            for instr in &rule.code {
                code.extend_from_slice(&self.encode_instr(*instr, &mut text));
            }
        }
        let mut out = Vec::new();
        for count in [
            consumers.len() / CONSUMER_BYTES,
            settings.len() / SETTING_BYTES,
            heads.len() / RULE_BYTES,
            columns.len() / COLUMN_BYTES,
            words.len() / WORD_BYTES,
            code.len() / INSTR_BYTES,
        ] {
            put_u32(&mut out, count);
        }
        let parts = [consumers, settings, heads, columns, words, code];
        put_u32(
            &mut out,
            CATALOG_HEAD_BYTES + parts.iter().map(Vec::len).sum::<usize>(),
        );
        put_u32(&mut out, 0);
        for part in parts {
            out.extend_from_slice(&part);
        }
        out.extend_from_slice(&text);
        out
    }

    fn encode_instr(&self, instr: Instr<'_>, text: &mut Vec<u8>) -> [u8; INSTR_BYTES] {
        let mut out = [0; INSTR_BYTES];
        match instr {
            Instr::Op(op) => out[0] = op as u8,
            Instr::Setting(path) => {
                let at = self
                    .settings
                    .binary_search_by_key(&path, |s| s.name)
                    .unwrap_or(0);
                out[0] = LOAD;
                out[2..4].copy_from_slice(&(at as u16).to_le_bytes());
            }
            Instr::Literal(scalar) => {
                // An enum's value is text in a rule: there is no list of words here.
                let scalar = match scalar {
                    Scalar::Enum(word) => Scalar::String(word),
                    other => other,
                };
                out[0] = LITERAL;
                out[1] = scalar.kind() as u8;
                out[4..].copy_from_slice(&cell_bytes::write(scalar, |t| append(text, t), |_| 0));
            }
        }
        out
    }
}

const LITERAL: u8 = 32;
const LOAD: u8 = 33;

const HAS_MIN: u8 = 1;
const HAS_MAX: u8 = 2;
const FACTOR: u8 = 4;
const DIFFERENCE: u8 = 8;

/// The kind of a setting's bounds: of strings, they bound the length.
fn bound_kind(kind: Kind) -> Kind {
    if kind == Kind::String {
        Kind::Int
    } else {
        kind
    }
}

fn put_u32(out: &mut Vec<u8>, value: usize) {
    out.extend_from_slice(&(value as u32).to_le_bytes());
}

fn append(text: &mut Vec<u8>, piece: &str) -> u32 {
    let at = text.len() as u32;
    text.extend_from_slice(piece.as_bytes());
    at
}

fn put_text(out: &mut Vec<u8>, text: &mut Vec<u8>, piece: &str) {
    let at = append(text, piece);
    put_u32(out, at as usize);
    put_u32(out, piece.len());
}

fn encode_setting(
    setting: &SettingSpec<'_>,
    columns: &[u8],
    words: &[u8],
    text: &mut Vec<u8>,
) -> Vec<u8> {
    let mut out = Vec::with_capacity(SETTING_BYTES);
    put_text(&mut out, text, setting.name);
    let (step_flag, step) = match setting.step {
        None => (0, [0; CELL_BYTES]),
        Some(Step::Factor(factor)) => (FACTOR, cell_bytes::pair(factor.to_bits(), 0)),
        Some(Step::Difference(d)) => (DIFFERENCE, cell_bytes::write(d, |_| 0, |_| 0)),
    };
    let flags = step_flag
        | if setting.min.is_some() { HAS_MIN } else { 0 }
        | if setting.max.is_some() { HAS_MAX } else { 0 };
    out.extend_from_slice(&[setting.kind as u8, setting.form as u8, flags, 0]);
    let (first, count) = match setting.form {
        Form::Table => (columns.len() / COLUMN_BYTES, setting.columns.len()),
        _ => (words.len() / WORD_BYTES, setting.words.len()),
    };
    put_u32(&mut out, first);
    put_u32(&mut out, count);
    put_u32(&mut out, 0);
    for bound in [setting.min, setting.max] {
        let cell = bound.map_or([0; CELL_BYTES], |b| cell_bytes::write(b, |_| 0, |_| 0));
        out.extend_from_slice(&cell);
    }
    out.extend_from_slice(&step);
    out.extend_from_slice(&setting.cooldown_ns.to_le_bytes());
    out
}
