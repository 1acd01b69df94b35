//! What a binary was compiled with and no push may change: the CATALOG section.
//!
//! [`CatalogSpec::encode`] writes it when a definition is lowered; a publish copies
//! it from the baseline, byte for byte. [`CatalogView`] reads it.

use crate::cell_bytes::{self, Cell};
use crate::error::{Code, Path, Subject, Violation, Violations};
use crate::layout::{
    CATALOG_HEAD_BYTES, CELL_BYTES, COLUMN_BYTES, CONSUMER_BYTES, INSTR_BYTES, RULE_BYTES,
    SETTING_BYTES, WORD_BYTES, u32_at,
};
use crate::limits::{
    COLUMNS_MAX, CONSUMERS_MAX, ENUM_VALUES_MAX, REASON_BYTES_MAX, RULES_MAX, SETTINGS_MAX,
};
use crate::name;
use crate::rules::{self, Instr, Op};
use crate::scalar::{Form, Kind, Scalar};
use crate::setting::{SettingSpec, Step};

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

impl<'a> CatalogSpec<'a> {
    /// Sorts and checks everything; the result is ready for [`encode`](Self::encode).
    pub(crate) fn check(&mut self, problems: &mut Violations) {
        self.events.sort_unstable();
        self.consumers.sort_unstable();
        self.settings.sort_by_key(|s| s.name);
        let event = |name: &str| Path::of(Subject::Event(name.to_owned()));
        for name in &self.events {
            if let Err(fault) = name::check_event(name) {
                problems.push(Violation::new(
                    event(name),
                    Code::BadName,
                    fault.to_string(),
                ));
            }
        }
        twice(self.events.iter().copied(), event, problems);
        let consumer = |name: &str| Path::of(Subject::Consumer(name.to_owned()));
        for name in &self.consumers {
            if let Err(fault) = name::check_consumer(name) {
                problems.push(Violation::new(
                    consumer(name),
                    Code::BadName,
                    fault.to_string(),
                ));
            }
        }
        twice(self.consumers.iter().copied(), consumer, problems);
        twice(self.settings.iter().map(|s| s.name), setting_path, problems);
        at_most(problems, "consumers", self.consumers.len(), CONSUMERS_MAX);
        at_most(problems, "settings", self.settings.len(), SETTINGS_MAX);
        at_most(problems, "rules", self.rules.len(), RULES_MAX);
        for setting in &self.settings {
            check_setting(setting, problems);
        }
        for (at, rule) in self.rules.iter().enumerate() {
            let kind = |path: &str| {
                let at = self.settings.binary_search_by_key(&path, |s| s.name).ok()?;
                let setting = self.settings.get(at)?;
                (setting.form == Form::One).then_some(setting.kind)
            };
            let fault = match rule.text.len() > REASON_BYTES_MAX {
                true => Err("its text is longer than 1,024 bytes"),
                false => rules::check(rule.code.iter().copied(), kind),
            };
            if let Err(fault) = fault {
                let message = format!("the rule `{}` is not well formed: {fault}", rule.text);
                problems.push(Violation::new(
                    Path::of(Subject::Rule(at)),
                    Code::BadRule,
                    message,
                ));
            }
        }
    }

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

fn setting_path(name: &str) -> Path {
    Path::of(Subject::Setting(name.to_owned()))
}

fn twice<'a>(
    names: impl Iterator<Item = &'a str>,
    path: impl Fn(&str) -> Path,
    problems: &mut Violations,
) {
    let mut last = None;
    for name in names {
        if last == Some(name) {
            problems.push(Violation::new(
                path(name),
                Code::Duplicate,
                "it is declared twice",
            ));
        }
        last = Some(name);
    }
}

fn at_most(problems: &mut Violations, what: &'static str, count: usize, max: usize) {
    if count > max {
        let message = format!("there are {count} {what}; at most {max} are allowed");
        let violation = Violation::new(Path::part(Subject::Map, what), Code::Limit, message);
        problems.push(violation.count("value", count).count("max", max));
    }
}

/// The kind of a setting's bounds: of strings, they bound the length.
fn bound_kind(kind: Kind) -> Kind {
    if kind == Kind::String {
        Kind::Int
    } else {
        kind
    }
}

/// Checks what a declaration says about itself. Its value is checked with all others,
/// when an image is built.
fn check_setting(setting: &SettingSpec<'_>, problems: &mut Violations) {
    let mut wrong = |part: &'static str, code: Code, message: String| {
        let path = Path::part(Subject::Setting(setting.name.to_owned()), part);
        problems.push(Violation::new(path, code, message));
    };
    if let Err(fault) = name::check_setting(setting.name) {
        wrong("", Code::BadName, fault.to_string());
    }
    let ordered = setting.form != Form::Table && !matches!(setting.kind, Kind::Bool | Kind::Enum);
    for (part, bound) in [("min", setting.min), ("max", setting.max)] {
        match bound {
            Some(_) if !ordered => {
                wrong(
                    part,
                    Code::BadSetting,
                    format!("a {} has no `{part}`", what(setting)),
                );
            }
            Some(bound) if bound.kind() != bound_kind(setting.kind) => {
                let kind = bound_kind(setting.kind);
                wrong(
                    part,
                    Code::BadSetting,
                    format!("`{part}` must be of type {kind}"),
                );
            }
            _ => {}
        }
    }
    if let (Some(min), Some(max)) = (setting.min, setting.max)
        && order(min, max).is_some_and(|o| o.is_gt())
    {
        wrong(
            "min",
            Code::BadSetting,
            format!("`min` {min} is above `max` {max}"),
        );
    }
    if let Some(step) = setting.step {
        check_step(setting, step, &mut wrong);
    }
    let words = &setting.words;
    if (setting.kind == Kind::Enum && setting.form != Form::Table) == words.is_empty() {
        let message = match words.is_empty() {
            true => "an enum needs `values`",
            false => "only an enum has `values`",
        };
        wrong("values", Code::BadSetting, message.to_owned());
    }
    if words.len() > ENUM_VALUES_MAX {
        let message = format!(
            "it has {} values; at most {ENUM_VALUES_MAX} are allowed",
            words.len()
        );
        wrong("values", Code::Limit, message);
    }
    if let Some(word) = repeated(words.iter().copied()) {
        wrong(
            "values",
            Code::Duplicate,
            format!("the value `{word}` stands twice"),
        );
    }
    if words
        .iter()
        .any(|w| w.is_empty() || w.len() > 128 || !w.chars().all(name::printable))
    {
        wrong(
            "values",
            Code::BadName,
            "a value must be 1 to 128 visible bytes".to_owned(),
        );
    }
    let columns = &setting.columns;
    if (setting.form == Form::Table) == columns.is_empty() {
        let message = match columns.is_empty() {
            true => "a table needs `columns`",
            false => "only a table has `columns`",
        };
        wrong("columns", Code::BadSetting, message.to_owned());
    }
    if columns.len() > COLUMNS_MAX {
        let message = format!(
            "it has {} columns; at most {COLUMNS_MAX} are allowed",
            columns.len()
        );
        wrong("columns", Code::Limit, message);
    }
    if let Some(name) = repeated(columns.iter().map(|c| c.0)) {
        wrong(
            "columns",
            Code::Duplicate,
            format!("the column `{name}` stands twice"),
        );
    }
    for (name, kind) in columns {
        if name.contains('.') || name::check_setting(name).is_err() {
            wrong(
                "columns",
                Code::BadName,
                format!("`{name}` is no name for a column"),
            );
        }
        if *kind == Kind::Enum {
            wrong(
                "columns",
                Code::BadSetting,
                format!("the column `{name}` cannot be an enum"),
            );
        }
    }
}

fn check_step(
    setting: &SettingSpec<'_>,
    step: Step,
    wrong: &mut impl FnMut(&'static str, Code, String),
) {
    let kind = setting.kind;
    let numeric = matches!(
        kind,
        Kind::Int | Kind::Float | Kind::Percent | Kind::Duration | Kind::Size | Kind::Timestamp
    );
    if setting.form != Form::One || !numeric {
        wrong(
            "max_step",
            Code::BadSetting,
            format!("a {} has no `max_step`", what(setting)),
        );
        return;
    }
    match step {
        Step::Factor(factor) => {
            if !factor.is_finite() || factor <= 1.0 {
                wrong(
                    "max_step",
                    Code::BadSetting,
                    "a factor must be above 1".to_owned(),
                );
            }
            let min = setting
                .min
                .filter(|_| kind != Kind::Timestamp)
                .and_then(|min| min.number());
            if min.is_none_or(|min| min <= 0.0) {
                let message = "a factor needs a `min` above zero; or give a difference";
                wrong("max_step", Code::BadSetting, message.to_owned());
            }
        }
        Step::Difference(difference) => {
            let expected = if kind == Kind::Timestamp {
                Kind::Duration
            } else {
                kind
            };
            if difference.kind() != expected || difference.number().is_none_or(|d| d <= 0.0) {
                let message =
                    format!("`max_step` must be a factor (2x) or a {expected} above zero");
                wrong("max_step", Code::BadSetting, message);
            }
        }
    }
}

fn what(setting: &SettingSpec<'_>) -> String {
    match setting.form {
        Form::One => setting.kind.to_string(),
        Form::List => format!("list of {}", setting.kind),
        Form::Table => "table".to_owned(),
    }
}

fn repeated<'a>(names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let mut names: Vec<&str> = names.collect();
    names.sort_unstable();
    names
        .windows(2)
        .find(|pair| pair[0] == pair[1])
        .map(|pair| pair[0])
}

/// Order of two scalars of one kind.
pub(crate) fn order(a: Scalar<&str>, b: Scalar<&str>) -> Option<std::cmp::Ordering> {
    match (a, b) {
        (Scalar::Int(a), Scalar::Int(b)) => Some(a.cmp(&b)),
        (Scalar::Float(a), Scalar::Float(b)) | (Scalar::Percent(a), Scalar::Percent(b)) => {
            a.partial_cmp(&b)
        }
        (Scalar::Duration(a), Scalar::Duration(b)) | (Scalar::Size(a), Scalar::Size(b)) => {
            Some(a.cmp(&b))
        }
        (Scalar::Timestamp(a, an), Scalar::Timestamp(b, bn)) => Some((a, an).cmp(&(b, bn))),
        _ => None,
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

/// The catalog of a table.
#[derive(Clone, Copy, Debug)]
pub struct CatalogView<'a> {
    bytes: &'a [u8],
}

impl<'a> CatalogView<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> CatalogView<'a> {
        CatalogView { bytes }
    }

    fn count(self, at: usize) -> usize {
        match self.bytes.len() >= CATALOG_HEAD_BYTES {
            true => u32_at(self.bytes, 4 * at) as usize,
            false => 0,
        }
    }

    /// Record `at` of part `part`, of `N` bytes.
    fn record<const N: usize>(self, part: usize, at: usize) -> Option<&'a [u8; N]> {
        const SIZES: [usize; 6] = [
            CONSUMER_BYTES,
            SETTING_BYTES,
            RULE_BYTES,
            COLUMN_BYTES,
            WORD_BYTES,
            INSTR_BYTES,
        ];
        if at >= self.count(part) {
            return None;
        }
        let before: usize = (0..part)
            .map(|p| self.count(p).saturating_mul(SIZES[p]))
            .fold(0, usize::saturating_add);
        let start = CATALOG_HEAD_BYTES
            .saturating_add(before)
            .saturating_add(at * N);
        self.bytes
            .get(start..start.checked_add(N)?)?
            .try_into()
            .ok()
    }

    /// Whether all parts are inside the bytes.
    pub(crate) fn is_whole(self) -> bool {
        let sizes = [
            CONSUMER_BYTES,
            SETTING_BYTES,
            RULE_BYTES,
            COLUMN_BYTES,
            WORD_BYTES,
            INSTR_BYTES,
        ];
        let parts = sizes
            .iter()
            .enumerate()
            .map(|(at, size)| self.count(at) as u64 * *size as u64);
        let text = CATALOG_HEAD_BYTES as u64 + parts.sum::<u64>();
        text == self.count(6) as u64 && text <= self.bytes.len() as u64
    }

    fn text(self) -> &'a [u8] {
        self.bytes.get(self.count(6)..).unwrap_or(&[])
    }

    fn text_of(self, record: &[u8]) -> Option<&'a str> {
        cell_bytes::text_at(self.text(), u32_at(record, 0), u32_at(record, 4))
    }

    /// How many consumers there are. They are sorted by name.
    pub fn consumers(self) -> usize {
        self.count(0)
    }

    /// The name of a consumer.
    #[inline]
    pub fn consumer(self, at: usize) -> Option<&'a str> {
        self.text_of(self.record::<CONSUMER_BYTES>(0, at)?)
    }

    /// The position of a consumer.
    pub fn consumer_index(self, name: &str) -> Option<usize> {
        search(self.consumers(), name, |at| self.consumer(at))
    }

    /// How many settings there are. They are sorted by path.
    pub fn settings(self) -> usize {
        self.count(1)
    }

    /// A setting.
    pub fn setting(self, at: usize) -> Option<SettingView<'a>> {
        let record = self.record::<SETTING_BYTES>(1, at)?;
        Some(SettingView {
            catalog: self,
            record,
            kind: Kind::from_u8(record[8])?,
            form: Form::from_u8(record[9])?,
            name: self.text_of(record)?,
        })
    }

    /// The position of a setting.
    pub fn setting_index(self, path: &str) -> Option<usize> {
        let name = |at| self.text_of(self.record::<SETTING_BYTES>(1, at)?);
        search(self.settings(), path, name)
    }

    /// How many rules there are.
    pub fn rules(self) -> usize {
        self.count(2)
    }

    /// The text of a rule.
    pub fn rule(self, at: usize) -> Option<&'a str> {
        self.text_of(self.record::<RULE_BYTES>(2, at)?)
    }

    /// The code of a rule. It ends early where the bytes make no sense.
    pub(crate) fn code(self, at: usize) -> impl Iterator<Item = Instr<'a>> {
        let range = self.record::<RULE_BYTES>(2, at).map_or((0, 0), |r| {
            let first = u32_at(r, 8) as usize;
            (first, first.saturating_add(u32_at(r, 12) as usize))
        });
        (range.0..range.1).map_while(move |at| self.instr(at))
    }

    fn instr(self, at: usize) -> Option<Instr<'a>> {
        let record = self.record::<INSTR_BYTES>(5, at)?;
        match record[0] {
            LITERAL => {
                let cell: &Cell = record[4..].try_into().ok()?;
                let kind = Kind::from_u8(record[1])?;
                Some(Instr::Literal(cell_bytes::read(
                    kind,
                    cell,
                    self.text(),
                    |_| None,
                )?))
            }
            LOAD => {
                let at = u16::from_le_bytes([record[2], record[3]]);
                Some(Instr::Setting(self.setting(at.into())?.name))
            }
            op => Some(Instr::Op(Op::from_u8(op)?)),
        }
    }
}

fn search<'a>(count: usize, name: &str, at: impl Fn(usize) -> Option<&'a str>) -> Option<usize> {
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = low + (high - low) / 2;
        match at(middle)?.cmp(name) {
            std::cmp::Ordering::Less => low = middle + 1,
            std::cmp::Ordering::Equal => return Some(middle),
            std::cmp::Ordering::Greater => high = middle,
        }
    }
    None
}

/// The declaration of a setting.
#[derive(Clone, Copy, Debug)]
pub struct SettingView<'a> {
    catalog: CatalogView<'a>,
    record: &'a [u8; SETTING_BYTES],
    /// Its dotted path.
    pub name: &'a str,
    /// The kind of the scalar or elements. (Of a table: not used.)
    pub kind: Kind,
    /// One, list or table.
    pub form: Form,
}

impl<'a> SettingView<'a> {
    fn bound(&self, flag: u8, at: usize) -> Option<Scalar<&'a str>> {
        let cell: &Cell = self.record[at..at + CELL_BYTES].try_into().ok()?;
        let kind = bound_kind(self.kind);
        (self.record[10] & flag != 0).then(|| cell_bytes::read(kind, cell, &[], |_| None))?
    }

    /// Smallest value, or length of a string, or element.
    pub fn min(&self) -> Option<Scalar<&'a str>> {
        self.bound(HAS_MIN, 24)
    }

    /// Largest, likewise.
    pub fn max(&self) -> Option<Scalar<&'a str>> {
        self.bound(HAS_MAX, 40)
    }

    /// How far one push may move it.
    pub fn step(&self) -> Option<Step> {
        let cell: &Cell = self.record[56..72].try_into().ok()?;
        if self.record[10] & FACTOR != 0 {
            return Some(Step::Factor(f64::from_bits(cell_bytes::first(cell))));
        }
        let kind = if self.kind == Kind::Timestamp {
            Kind::Duration
        } else {
            self.kind
        };
        if self.record[10] & DIFFERENCE == 0 || matches!(kind, Kind::String | Kind::Enum) {
            return None;
        }
        cell_bytes::read(kind, cell, &[], |_| None).map(Step::Difference)
    }

    fn items(&self) -> (usize, usize) {
        (
            u32_at(self.record, 12) as usize,
            u32_at(self.record, 16) as usize,
        )
    }

    pub(crate) fn items_declared(&self) -> usize {
        self.items().1
    }

    /// The values of an enum, in order.
    pub fn words(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let count = if self.form == Form::Table {
            0
        } else {
            self.items().1
        };
        let this = *self;
        (0..count).map_while(move |at| this.word(at as u32))
    }

    /// A value of an enum.
    pub fn word(&self, at: u32) -> Option<&'a str> {
        let (first, count) = self.items();
        let record = self
            .catalog
            .record::<WORD_BYTES>(4, first.checked_add(at as usize)?)?;
        ((at as usize) < count).then(|| self.catalog.text_of(record))?
    }

    /// How many columns a table has.
    pub fn columns(&self) -> usize {
        if self.form == Form::Table {
            self.items().1
        } else {
            0
        }
    }

    /// A column of a table: its name and kind.
    pub fn column(&self, at: usize) -> Option<(&'a str, Kind)> {
        let (first, count) = self.items();
        let record = self
            .catalog
            .record::<COLUMN_BYTES>(3, first.checked_add(at)?)?;
        (at < count).then(|| Some((self.catalog.text_of(record)?, Kind::from_u8(record[8])?)))?
    }

    /// How many scalars one element or row has.
    pub(crate) fn width(&self) -> usize {
        if self.form == Form::Table {
            self.columns()
        } else {
            1
        }
    }

    /// The kind of the scalar at that position of a row.
    pub(crate) fn cell_kind(&self, at: usize) -> Option<Kind> {
        match self.form {
            Form::Table => self.column(at).map(|c| c.1),
            Form::One | Form::List => Some(self.kind),
        }
    }
}
