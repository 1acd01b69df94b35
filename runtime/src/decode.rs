//! A pushed `RouteMap`, from its bytes straight into a [`Builder`].
//!
//! Two passes: [`Push::read`] looks at the outermost fields only, so that versions,
//! leases and unknown fields are decided before any work, and counts what is to
//! come; [`Push::build`] hands routes and values to the builder. Nothing is kept but
//! slices of the bytes.

use std::time::Duration;

use crate::builder::{Builder, RouteSpec};
use crate::error::{Code, Path, Subject, Violation, Violations};
use crate::image::Image;
use crate::limits::{CONSUMERS_MAX, Limits, OWNER_BYTES_MAX, REASON_BYTES_MAX};
use crate::name;
use crate::route::{Policy, Priority};
use crate::scalar::{Form, Scalar};
use crate::table::RouteTable;
use crate::wire::{Fields, Malformed, Raw, varint};

/// How a route map relates to the baseline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// It replaces all routes and settings.
    Complete,
    /// It lies over them.
    Overlay,
}

/// Who holds an override, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WireLease<'a> {
    pub owner: &'a str,
    pub reason: &'a str,
    pub ttl_ms: u64,
}

/// What a push says, routes and values still undecoded.
#[derive(Clone, Debug)]
pub(crate) struct Push<'a> {
    pub mode: Mode,
    pub version: u64,
    pub catalog: u64,
    pub reason: &'a str,
    pub lease: Option<WireLease<'a>>,
    pub allow_removals: u32,
    pub expected_serving: Option<u64>,
    consumers: Vec<&'a str>,
    routes: usize,
    body: &'a [u8],
}

const CONSUMERS: u32 = 11;
const ROUTES: u32 = 12;
const REMOVALS: u32 = 13;
const SETTINGS: u32 = 14;
const FALLBACK: u32 = 15;
const CLEAR_FALLBACK: u32 = 16;

impl<D: AsRef<[u8]>> RouteTable<D> {
    /// What a pushed `RouteMap` would make of this table as its baseline. Versions,
    /// leases and steps are a cell's business, and not asked here.
    ///
    /// # Errors
    /// Everything that is wrong with the bytes or with what they say.
    pub fn overridden(
        &self,
        bytes: &[u8],
        limits: &Limits,
    ) -> Result<RouteTable<Image>, Violations> {
        Push::read(bytes, limits)?.build(self, limits)
    }
}

fn map(part: &'static str, code: Code, message: impl Into<String>) -> Violation {
    Violation::new(Path::part(Subject::Map, part), code, message)
}

impl From<Malformed> for Violation {
    fn from(fault: Malformed) -> Violation {
        Violation::new(
            Path::of(Subject::Map),
            Code::Malformed,
            format!("not a RouteMap: {}", fault.what),
        )
    }
}

impl From<Malformed> for Violations {
    fn from(fault: Malformed) -> Violations {
        Violation::from(fault).into()
    }
}

impl<'a> Push<'a> {
    /// Reads everything but routes and values, and checks what needs no table.
    pub fn read(bytes: &'a [u8], limits: &Limits) -> Result<Push<'a>, Violations> {
        let max = limits.push_bytes_max;
        if bytes.len() > max {
            let message = format!(
                "the push has {} bytes; at most {max} are allowed",
                bytes.len()
            );
            return Err(map("", Code::Limit, message)
                .count("value", bytes.len())
                .count("max", max)
                .into());
        }
        let mut push = Push {
            mode: Mode::Complete,
            version: 0,
            catalog: 0,
            reason: "",
            lease: None,
            allow_removals: 0,
            expected_serving: None,
            consumers: Vec::new(),
            routes: 0,
            body: bytes,
        };
        let mut mode = 0;
        let mut entries = 0;
        let mut seen = Seen::default();
        let mut problems = Violations::new();
        let mut fields = Fields::of(bytes);
        while let Some((number, raw)) = fields.next()? {
            if !matches!(number, CONSUMERS..=SETTINGS) && !seen.first(number) {
                problems.push(map(
                    field_name(number),
                    Code::DuplicateField,
                    "this field stands twice",
                ));
            }
            entries += usize::from(matches!(number, ROUTES..=CLEAR_FALLBACK));
            match number {
                1 => mode = raw.varint()?,
                2 => push.version = raw.varint()?,
                3 => push.catalog = raw.fixed64()?,
                4 => push.reason = raw.str()?,
                5 => push.lease = Some(WireLease::read(raw.bytes()?, &mut problems)?),
                6 | 9 | 10 => {
                    let name = field_name(number);
                    let message = format!("`{name}` is not part of this release; leave it out");
                    problems.push(map(name, Code::NotSupported, message));
                }
                7 => push.allow_removals = raw.uint32()?,
                8 => push.expected_serving = Some(raw.varint()?),
                CONSUMERS => {
                    push.consumers.push(raw.str()?);
                    if push.consumers.len() > CONSUMERS_MAX {
                        let message = format!("more than {CONSUMERS_MAX} consumers");
                        return Err(map("consumers", Code::Limit, message)
                            .count("max", CONSUMERS_MAX)
                            .into());
                    }
                }
                ROUTES => {
                    raw.bytes()?;
                    push.routes += 1;
                }
                REMOVALS => {
                    raw.str()?;
                }
                SETTINGS | FALLBACK => {
                    raw.bytes()?;
                }
                CLEAR_FALLBACK => {
                    raw.bool()?;
                }
                _ => {
                    let message = format!(
                        "field {number} is not known to this engine; it may be too old for this push"
                    );
                    problems
                        .push(map("", Code::UnknownField, message).count("field", number as usize));
                }
            }
        }
        match mode {
            0 => problems.push(map(
                "mode",
                Code::Missing,
                "a map must say whether it is complete or an overlay",
            )),
            1 => push.mode = Mode::Complete,
            2 => push.mode = Mode::Overlay,
            other => problems.push(map(
                "mode",
                Code::UnknownField,
                format!("there is no mode {other}"),
            )),
        }
        if push.version == 0 {
            problems.push(map(
                "version",
                Code::Missing,
                "a map needs a version of at least 1",
            ));
        }
        check_text("reason", push.reason, REASON_BYTES_MAX, &mut problems);
        if entries == 0 {
            problems.push(map(
                "",
                Code::EmptyMap,
                "the map says nothing: no route, removal, setting or fallback",
            ));
        }
        if push.routes > limits.routes_max {
            let (value, max) = (push.routes, limits.routes_max);
            let message = format!("the push has {value} routes; at most {max} are allowed");
            problems.push(
                map("routes", Code::Limit, message)
                    .count("value", value)
                    .count("max", max),
            );
        }
        problems.or(push)
    }

    /// The table that the push makes of its baseline.
    pub fn build<D: AsRef<[u8]>>(
        &self,
        base: &'a RouteTable<D>,
        limits: &Limits,
    ) -> Result<RouteTable<Image>, Violations> {
        let mut builder = match self.mode {
            Mode::Complete => Builder::replacing(base, *limits),
            Mode::Overlay => Builder::overlaying(base, *limits),
        };
        self.apply(&mut builder)?;
        builder.finish()
    }

    /// Hands routes, removals, values and fallback to the builder, which collects what
    /// is wrong with them. Only bytes that are no message at all end it early.
    fn apply(&self, builder: &mut Builder<'a>) -> Result<(), Violations> {
        builder.reserve(self.routes, 0);
        let ids = self.consumer_ids(builder);
        let mut scratch = Scratch::default();
        let mut fields = Fields::of(self.body);
        while let Some((number, raw)) = fields.next()? {
            match number {
                ROUTES => {
                    let name = scratch.read(raw.bytes()?, &ids, builder, false)?;
                    builder.route(name, &scratch.spec());
                }
                FALLBACK => {
                    scratch.read(raw.bytes()?, &ids, builder, true)?;
                    builder.fallback(&scratch.spec());
                }
                REMOVALS | CLEAR_FALLBACK if self.mode == Mode::Complete => {
                    let message =
                        "only an overlay takes something away; a complete map leaves it out";
                    builder.problem(map(field_name(number), Code::WrongMode, message));
                }
                REMOVALS => builder.remove(raw.str()?),
                CLEAR_FALLBACK if raw.bool()? => builder.clear_fallback(),
                SETTINGS => self.setting(raw.bytes()?, builder)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// Position in the catalog of each consumer of the push.
    fn consumer_ids(&self, builder: &mut Builder<'a>) -> Vec<Option<u16>> {
        let mut ids = Vec::with_capacity(self.consumers.len());
        for (at, name) in self.consumers.iter().enumerate() {
            let id = builder
                .catalog()
                .consumer_index(name)
                .and_then(|id| u16::try_from(id).ok());
            if id.is_none() {
                let path = Path::item(Subject::Map, "consumers", at);
                let message = format!("this engine has no consumer `{name}`");
                let violation =
                    Violation::new(path, self.unknown(builder, Code::UnknownConsumer), message);
                builder.problem(violation.named("consumer", name));
            } else if ids.contains(&id) {
                let path = Path::item(Subject::Map, "consumers", at);
                builder.problem(Violation::new(
                    path,
                    Code::Duplicate,
                    format!("`{name}` stands twice"),
                ));
            }
            ids.push(id);
        }
        ids
    }

    /// A name that is missing here, in a push that was made for somewhere else, is a
    /// matter of catalogs.
    fn unknown(&self, builder: &Builder<'_>, code: Code) -> Code {
        match builder.base {
            Some(base) if self.catalog != 0 && self.catalog != base.header.fingerprint => {
                Code::SchemaMismatch
            }
            _ => code,
        }
    }

    fn setting(&self, message: &'a [u8], builder: &mut Builder<'a>) -> Result<(), Violations> {
        let mut name = "";
        let mut value: Option<WireValue<'a>> = None;
        let mut values = 0;
        let mut seen = Seen::default();
        let mut fields = Fields::of(message);
        while let Some((number, raw)) = fields.next()? {
            once(&mut seen, number)?;
            match number {
                1 => name = raw.str()?,
                2..=4 => {
                    values += 1;
                    value = Some(WireValue::read(number, raw.bytes()?)?);
                }
                _ => return Err(unknown_field("settings", number)),
            }
        }
        let path = || Path::of(Subject::Setting(name.to_owned()));
        let Some(at) = builder.catalog().setting_index(name) else {
            let code = self.unknown(builder, Code::UnknownSetting);
            let message = format!("this engine has no setting `{name}`");
            builder.problem(Violation::new(path(), code, message));
            return Ok(());
        };
        let Some(value) = value.filter(|_| values == 1) else {
            builder.problem(Violation::new(
                path(),
                Code::Missing,
                "a setting needs exactly one value",
            ));
            return Ok(());
        };
        let columns = builder.catalog().setting(at).map_or(0, |s| s.columns());
        if value.form == Form::Table && columns > 0 && !value.rows_have(columns) {
            let message = format!("each row needs {columns} cells");
            builder.problem(Violation::new(path(), Code::WrongType, message));
            return Ok(());
        }
        if builder.values[at].replace(value).is_some() {
            builder.problem(Violation::new(
                path(),
                Code::Duplicate,
                "the setting stands twice",
            ));
        }
        Ok(())
    }
}

impl<'a> WireLease<'a> {
    fn read(message: &'a [u8], problems: &mut Violations) -> Result<WireLease<'a>, Violations> {
        let mut lease = WireLease {
            owner: "",
            reason: "",
            ttl_ms: 0,
        };
        let mut seen = Seen::default();
        let mut fields = Fields::of(message);
        while let Some((number, raw)) = fields.next()? {
            once(&mut seen, number)?;
            match number {
                1 => lease.owner = raw.str()?,
                2 => lease.reason = raw.str()?,
                3 => lease.ttl_ms = raw.varint()?,
                _ => return Err(unknown_field("lease", number)),
            }
        }
        if lease.owner.is_empty() {
            problems.push(map("lease.owner", Code::Missing, "a lease needs an owner"));
        }
        if lease.ttl_ms == 0 {
            problems.push(map(
                "lease.ttl_ms",
                Code::Missing,
                "a lease needs a time to live of at least 1 ms",
            ));
        }
        check_text("lease.owner", lease.owner, OWNER_BYTES_MAX, problems);
        check_text("lease.reason", lease.reason, REASON_BYTES_MAX, problems);
        Ok(lease)
    }
}

fn check_text(part: &'static str, text: &str, max: usize, problems: &mut Violations) {
    if text.len() > max {
        let message = format!(
            "the text has {} bytes; at most {max} are allowed",
            text.len()
        );
        problems.push(
            map(part, Code::Limit, message)
                .count("value", text.len())
                .count("max", max),
        );
    } else if !text.chars().all(name::printable) {
        problems.push(map(
            part,
            Code::BadName,
            "the text holds an invisible character",
        ));
    }
}

/// Which singular fields stood already.
#[derive(Default)]
struct Seen(u32);

impl Seen {
    fn first(&mut self, number: u32) -> bool {
        let bit = 1u32.checked_shl(number).unwrap_or(0);
        let new = self.0 & bit == 0;
        self.0 |= bit;
        new
    }
}

fn once(seen: &mut Seen, number: u32) -> Result<(), Violations> {
    match seen.first(number) {
        true => Ok(()),
        false => {
            let message = format!("field {number} of a nested message stands twice");
            Err(map("", Code::DuplicateField, message).into())
        }
    }
}

fn unknown_field(part: &'static str, number: u32) -> Violations {
    let message =
        format!("field {number} is not known to this engine; it may be too old for this push");
    map(part, Code::UnknownField, message)
        .count("field", number as usize)
        .into()
}

fn field_name(number: u32) -> &'static str {
    const NAMES: [&str; 17] = [
        "",
        "mode",
        "version",
        "catalog",
        "reason",
        "lease",
        "force",
        "allow_removals",
        "expected_serving",
        "ramp",
        "guard",
        "consumers",
        "routes",
        "removals",
        "settings",
        "fallback",
        "clear_fallback",
    ];
    NAMES.get(number as usize).copied().unwrap_or("")
}

/// One route on its way to the builder; used again for the next.
#[derive(Default)]
struct Scratch<'a> {
    to: Vec<u16>,
    split: Vec<(u16, u32)>,
    mirror: Vec<(u16, u32)>,
    drop: Option<&'a str>,
    policy: Policy,
    retries: u32,
    rank: i32,
}

impl<'a> Scratch<'a> {
    fn spec(&self) -> RouteSpec<'_> {
        RouteSpec {
            to: &self.to,
            split: &self.split,
            mirror: &self.mirror,
            drop: self.drop,
            policy: self.policy,
            retries: self.retries,
            rank: self.rank,
        }
    }

    /// Reads a `ResolvedRoute`; returns its name.
    fn read(
        &mut self,
        message: &'a [u8],
        ids: &[Option<u16>],
        builder: &mut Builder<'a>,
        fallback: bool,
    ) -> Result<&'a str, Violations> {
        self.to.clear();
        self.split.clear();
        self.mirror.clear();
        (self.drop, self.policy, self.retries, self.rank) = (None, Policy::default(), 0, 0);
        let max = builder.limits.route_consumers_max;
        let mut name = "";
        let mut seen = Seen::default();
        let mut bad_index = false;
        let mut id = |at: u32| match ids.get(at as usize) {
            Some(id) => *id,
            None => {
                bad_index = true;
                None
            }
        };
        let mut fields = Fields::of(message);
        while let Some((number, raw)) = fields.next()? {
            if !matches!(number, 2..=4) {
                once(&mut seen, number)?;
            }
            match number {
                1 => name = raw.str()?,
                // Packed or not: protobuf allows both for repeated numbers.
                2 => match raw {
                    Raw::Bytes(mut packed) => {
                        while !packed.is_empty() && self.to.len() <= max {
                            let at = Raw::Varint(varint(&mut packed)?).uint32()?;
                            self.to.extend(id(at));
                        }
                    }
                    raw => self.to.extend(id(raw.uint32()?)),
                },
                3 if self.split.len() <= max => {
                    let (at, weight) = pair(raw.bytes()?, "routes.split")?;
                    self.split.extend(id(at).map(|id| (id, weight)));
                }
                4 if self.mirror.len() <= max => {
                    let (at, share) = pair(raw.bytes()?, "routes.mirror")?;
                    self.mirror.extend(id(at).map(|id| (id, share)));
                }
                3 | 4 => {}
                5 => self.drop = Some(raw.str()?),
                6 => self.policy.timeout = time(raw.varint()?),
                7 => self.policy.retry_delay = time(raw.varint()?),
                8 => self.retries = raw.uint32()?,
                9 => self.policy.priority = priority(raw.varint()?)?,
                10 => {
                    let rank = raw.sint64()?;
                    self.rank = i32::try_from(rank).map_err(|_| Malformed {
                        what: "a rank is larger than 32 bits",
                    })?;
                }
                _ => return Err(unknown_field("routes", number)),
            }
        }
        let subject = || match fallback {
            true => Subject::Fallback,
            false => Subject::Route(name.to_owned()),
        };
        if bad_index {
            let message = format!(
                "a consumer's position is beyond the {} of the push",
                ids.len()
            );
            builder.problem(Violation::new(
                Path::of(subject()),
                Code::Malformed,
                message,
            ));
        }
        if fallback && !name.is_empty() {
            builder.problem(Violation::new(
                Path::of(subject()),
                Code::BadName,
                "the fallback has no name",
            ));
        }
        if fallback && self.rank != 0 {
            let message = "the fallback has no `rank`";
            builder.problem(Violation::new(
                Path::part(subject(), "rank"),
                Code::RankWithoutPattern,
                message,
            ));
        }
        Ok(name)
    }
}

fn time(ns: u64) -> Option<Duration> {
    (ns != 0).then(|| Duration::from_nanos(ns))
}

fn priority(number: u64) -> Result<Priority, Violations> {
    match number {
        0 | 2 => Ok(Priority::Normal),
        1 => Ok(Priority::Low),
        3 => Ok(Priority::High),
        other => Err(map(
            "routes.priority",
            Code::UnknownField,
            format!("there is no priority {other}"),
        )
        .into()),
    }
}

/// A message of two numbers: position of a consumer, and its weight or share.
fn pair(message: &[u8], part: &'static str) -> Result<(u32, u32), Violations> {
    let (mut to, mut amount) = (0, 0);
    let mut seen = Seen::default();
    let mut fields = Fields::of(message);
    while let Some((number, raw)) = fields.next()? {
        once(&mut seen, number)?;
        match number {
            1 => to = raw.uint32()?,
            2 => amount = raw.uint32()?,
            _ => return Err(unknown_field(part, number)),
        }
    }
    Ok((to, amount))
}

/// The value of a setting, checked for shape and still in its bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WireValue<'a> {
    form: Form,
    message: &'a [u8],
    /// Cells of each row, if they are all as wide as the first.
    width: Option<usize>,
}

impl<'a> WireValue<'a> {
    /// `number` is the field of `SettingValue` that holds it.
    fn read(number: u32, message: &'a [u8]) -> Result<WireValue<'a>, Violations> {
        let mut width = None;
        let form = match number {
            2 => {
                scalar(message)?;
                Form::One
            }
            3 => {
                each(message, |element| scalar(element).map(|_| ()))?;
                Form::List
            }
            _ => {
                let mut even = true;
                each(message, |row| {
                    let mut cells = 0;
                    each(row, |cell| {
                        cells += 1;
                        scalar(cell).map(|_| ())
                    })?;
                    even &= *width.get_or_insert(cells) == cells;
                    Ok(())
                })?;
                width = width.filter(|_| even);
                Form::Table
            }
        };
        Ok(WireValue {
            form,
            message,
            width,
        })
    }

    /// The form that was found, if it is not this one.
    pub fn form_mismatch(&self, form: Form) -> Option<Form> {
        (self.form != form).then_some(self.form)
    }

    /// Whether every row has that many cells.
    fn rows_have(&self, columns: usize) -> bool {
        self.message.is_empty() || self.width == Some(columns)
    }

    /// Its scalars: one; the elements; the cells, row by row.
    pub fn scalars(&self) -> impl Iterator<Item = Scalar<&'a str>> + use<'a> {
        let deep = match self.form {
            Form::One => 0,
            Form::List => 1,
            Form::Table => 2,
        };
        let mut stack = [Fields::of(&[]); 2];
        let mut single = None;
        match deep {
            0 => single = scalar(self.message).ok(),
            1 => stack[1] = Fields::of(self.message),
            _ => stack[0] = Fields::of(self.message),
        }
        std::iter::from_fn(move || {
            loop {
                if let Some(scalar) = single.take() {
                    return Some(scalar);
                }
                if let Ok(Some((_, Raw::Bytes(element)))) = stack[1].next() {
                    return scalar(element).ok();
                }
                match stack[0].next() {
                    Ok(Some((_, Raw::Bytes(row)))) => stack[1] = Fields::of(row),
                    _ => return None,
                }
            }
        })
    }
}

/// Calls `f` with each element of a message that is nothing but `repeated M x = 1`.
fn each<'a>(
    message: &'a [u8],
    mut f: impl FnMut(&'a [u8]) -> Result<(), Violations>,
) -> Result<(), Violations> {
    let mut fields = Fields::of(message);
    while let Some((number, raw)) = fields.next()? {
        match number {
            1 => f(raw.bytes()?)?,
            _ => return Err(unknown_field("settings", number)),
        }
    }
    Ok(())
}

/// Reads a `Scalar`.
fn scalar(message: &[u8]) -> Result<Scalar<&str>, Violations> {
    let mut fields = Fields::of(message);
    let Some((number, raw)) = fields.next()? else {
        return Err(map(
            "settings",
            Code::Missing,
            "a value is empty; a scalar says its kind",
        )
        .into());
    };
    let scalar = match number {
        1 => Scalar::Bool(raw.bool()?),
        2 => Scalar::Int(raw.sint64()?),
        3 => Scalar::Float(f64::from_bits(raw.fixed64()?)),
        4 => Scalar::Percent(f64::from_bits(raw.fixed64()?)),
        5 => Scalar::Duration(raw.varint()?),
        6 => Scalar::Size(raw.varint()?),
        7 => instant(raw.bytes()?)?,
        8 => Scalar::String(raw.str()?),
        9 => Scalar::Enum(raw.str()?),
        _ => return Err(unknown_field("settings", number)),
    };
    match fields.next()? {
        None => Ok(scalar),
        Some(_) => Err(map(
            "settings",
            Code::DuplicateField,
            "a scalar holds two values",
        )
        .into()),
    }
}

fn instant(message: &[u8]) -> Result<Scalar<&str>, Violations> {
    let (mut seconds, mut nanos) = (0, 0);
    let mut seen = Seen::default();
    let mut fields = Fields::of(message);
    while let Some((number, raw)) = fields.next()? {
        once(&mut seen, number)?;
        match number {
            1 => seconds = raw.sint64()?,
            2 => nanos = raw.uint32()?,
            _ => return Err(unknown_field("settings", number)),
        }
    }
    Ok(Scalar::Timestamp(seconds, nanos))
}
