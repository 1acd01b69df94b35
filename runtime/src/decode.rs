//! A pushed `RouteMap`, from its bytes straight into a [`Builder`].
//!
//! Two passes: [`Push::read`] looks at the outermost fields only, so that versions,
//! leases and unknown fields are decided before any work, and counts what is to
//! come; [`Push::build`] hands routes and values to the builder. A route that looks as
//! most do takes a short way there; whatever is unusual about it leads it to the one
//! that finds words.

mod fields;
mod route;
mod setting;
mod terms;
mod value;

use crate::builder::Builder;
use crate::error::{Code, Path, Subject, Violation, Violations, shown};
use crate::guard::Guard;
use crate::image::Image;
use crate::limits::{CONSUMERS_MAX, Limits, REASON_BYTES_MAX};
use crate::status::{Ramp, Terms};
use crate::table::RouteTable;
use crate::wire::{Fields, Malformed};
use crate::workshop::Workshop;

use fields::{Seen, field_name, map};
pub(crate) use route::plain_policy;
use route::{Scratch, plain};
use terms::{WireLease, check_text};

/// How a route map relates to the baseline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// It replaces all routes and settings.
    Complete,
    /// It lies over them.
    Overlay,
}

/// What a push says, routes and values still undecoded.
#[derive(Clone, Debug)]
pub(crate) struct Push<'a> {
    pub mode: Mode,
    pub version: u64,
    pub catalog: u64,
    pub reason: &'a str,
    pub lease: Option<WireLease<'a>>,
    pub force: Option<&'a str>,
    pub ramp: Option<Ramp>,
    pub guard: Option<Guard>,
    pub allow_removals: u32,
    pub expected_serving: Option<u64>,
    consumers: usize,
    /// Where the first consumer begins, and the last ends.
    consumers_at: (usize, usize),
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
        let max = limits.push_bytes_max.min(u32::MAX as usize);
        if bytes.len() > max {
            let message = format!(
                "the push has {} bytes; at most {max} are allowed",
                bytes.len()
            );
            let violation = map("", Code::Limit, message);
            return Err(violation.limit(bytes.len(), max).into());
        }
        let mut push = Push {
            mode: Mode::Complete,
            version: 0,
            catalog: 0,
            reason: "",
            lease: None,
            force: None,
            ramp: None,
            guard: None,
            allow_removals: 0,
            expected_serving: None,
            consumers: 0,
            consumers_at: (0, 0),
            routes: 0,
            body: bytes,
        };
        let mut mode = 0;
        let mut entries = 0;
        let mut seen = Seen::default();
        let mut problems = Violations::new();
        let mut fields = Fields::of(bytes);
        loop {
            while fields.short(ROUTES).is_some() {
                push.routes += 1;
                entries += 1;
            }
            let at = bytes.len() - fields.rest().len();
            let Some((number, raw)) = fields.next()? else {
                break;
            };
            if !matches!(number, CONSUMERS..=SETTINGS) && !seen.first(number) {
                problems.push(map(
                    field_name(number),
                    Code::DuplicateField,
                    "this field stands twice",
                ));
            }
            entries += usize::from(matches!(number, ROUTES..=FALLBACK));
            match number {
                1 => mode = raw.varint()?,
                2 => push.version = raw.varint()?,
                3 => push.catalog = raw.fixed64()?,
                4 => push.reason = raw.str()?,
                5 => push.lease = Some(WireLease::read(raw.bytes()?, &mut problems)?),
                6 => push.force = Some(terms::force(raw.bytes()?, &mut problems)?),
                7 => push.allow_removals = raw.uint32()?,
                8 => push.expected_serving = Some(raw.varint()?),
                9 => push.ramp = Some(terms::ramp(raw.bytes()?, &mut problems)?),
                10 => push.guard = Some(terms::guard(raw.bytes()?, &mut problems)?),
                CONSUMERS => {
                    raw.str()?;
                    if push.consumers == 0 {
                        push.consumers_at.0 = at;
                    }
                    push.consumers += 1;
                    push.consumers_at.1 = bytes.len() - fields.rest().len();
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
                CLEAR_FALLBACK => entries += usize::from(raw.bool()?),
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
        for (what, value, max) in [
            ("consumers", push.consumers, CONSUMERS_MAX),
            ("routes", push.routes, limits.routes_max),
        ] {
            if value > max {
                let message = format!("the push has {value} {what}; at most {max} are allowed");
                problems.push(map(what, Code::Limit, message).limit(value, max));
            }
        }
        problems.or(push)
    }

    /// What people said with it, to be kept.
    pub fn terms(&self) -> Terms {
        Terms {
            reason: self.reason.to_owned(),
            lease: self.lease.map(WireLease::to_lease),
            force: self.force.map(str::to_owned),
            ramp: self.ramp.clone(),
        }
    }

    /// The table that the push makes of its baseline.
    pub fn build<D: AsRef<[u8]>>(
        &self,
        base: &'a RouteTable<D>,
        limits: &Limits,
    ) -> Result<RouteTable<Image>, Violations> {
        self.build_in(base, limits, &mut Workshop::default())
    }

    /// The same, in a workshop that was used before.
    pub fn build_in<D: AsRef<[u8]>>(
        &self,
        base: &'a RouteTable<D>,
        limits: &Limits,
        shop: &mut Workshop,
    ) -> Result<RouteTable<Image>, Violations> {
        let room = std::mem::take(shop);
        let mut builder = match self.mode {
            Mode::Complete => Builder::replacing_in(base, *limits, room),
            Mode::Overlay => Builder::overlaying_in(base, *limits, room),
        };
        let built = self.apply(&mut builder).and_then(|()| builder.build());
        *shop = builder.shop;
        built
    }

    /// Hands routes, removals, values and fallback to the builder, which collects what
    /// is wrong with them. Only bytes that are no message at all end it early.
    fn apply(&self, builder: &mut Builder<'a>) -> Result<(), Violations> {
        builder.push = self.body;
        self.consumer_ids(builder)?;
        let mut scratch = Scratch::default();
        scratch.targets = std::mem::take(&mut builder.shop.targets);
        let mut fields = Fields::of(self.body);
        loop {
            while let Some(message) = fields.short(ROUTES) {
                route(message, builder, &mut scratch)?;
            }
            let Some((number, raw)) = fields.next()? else {
                builder.shop.targets = scratch.targets;
                return Ok(());
            };
            match number {
                ROUTES => route(raw.bytes()?, builder, &mut scratch)?,
                FALLBACK => {
                    scratch.read(raw.bytes()?, builder, true)?;
                    builder.fallback(&scratch.spec());
                }
                REMOVALS | CLEAR_FALLBACK if self.mode == Mode::Complete => {
                    let message =
                        "only an overlay takes something away; a complete map leaves it out";
                    builder.problem(map(field_name(number), Code::WrongMode, message));
                }
                REMOVALS => builder.remove(raw.str()?),
                CLEAR_FALLBACK if raw.bool()? => builder.clear_fallback(),
                SETTINGS => {
                    let message = raw.bytes()?;
                    let end = self.body.len() - fields.rest().len();
                    self.setting(message, end, builder)?;
                }
                _ => {}
            }
        }
    }

    /// Position in the catalog of each consumer of the push.
    fn consumer_ids(&self, builder: &mut Builder<'a>) -> Result<(), Malformed> {
        let mut ids = std::mem::take(&mut builder.shop.ids);
        let mut fields = Fields::of(&self.body[self.consumers_at.0..self.consumers_at.1]);
        while let Some((number, raw)) = fields.next()? {
            if number != CONSUMERS {
                continue;
            }
            let (at, name) = (ids.len(), raw.str()?);
            let id = builder
                .catalog()
                .consumer_index(name)
                .and_then(|id| u16::try_from(id).ok());
            if id.is_none() {
                let path = Path::item(Subject::Map, "consumers", at);
                let message = format!("this engine has no consumer `{}`", shown(name));
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
        builder.shop.ids = ids;
        Ok(())
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
}

/// Hands one route to the builder.
#[inline]
fn route<'a>(
    message: &'a [u8],
    builder: &mut Builder<'a>,
    scratch: &mut Scratch<'a>,
) -> Result<(), Violations> {
    if !plain(message).is_some_and(|plain| builder.plain_route(&plain)) {
        let name = scratch.read(message, builder, false)?;
        builder.route(name, &scratch.spec());
    }
    Ok(())
}
