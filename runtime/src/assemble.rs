//! From what a builder collected to an image: order, place, write, resolve, check.

mod resolve;

use std::collections::HashMap;

use crate::builder::{Builder, Own, Record};
use crate::catalog::CatalogView;
use crate::error::{Code, Path, Subject, Violation, Violations};
use crate::hash;
use crate::image::Image;
use crate::index::{self, Placement};
use crate::layout::{
    FALLBACK, FORMAT, HEADER_BYTES, Header, KEY, KEY_INLINE_BYTES, KEY_SPILLED_BYTES, MAGIC,
    POLICY_BYTES, SLOT_BYTES, flag, section,
};
use crate::limits::POLICIES_MAX;
use crate::name;
use crate::pattern::Shape;
use crate::rules;
use crate::scalar::Form;
use crate::settle;
use crate::table::{RouteTable, View};
use resolve::{check_patterns, dead_patterns, inherited};

impl<'a> Builder<'a> {
    /// Checks all that was collected, and writes the image. What comes back is
    /// complete: every event of the catalog has its answer, also an inherited one.
    ///
    /// # Errors
    /// Everything that is wrong, at most [`VIOLATIONS_MAX`](crate::limits::VIOLATIONS_MAX)
    /// of it in detail.
    pub fn finish(mut self) -> Result<RouteTable<Image>, Violations> {
        let mut problems = std::mem::take(&mut self.problems);
        let Names {
            names,
            events,
            exact,
        } = self.names(&mut problems);
        let routes = names.iter().filter(|n| n.1.is_some()).count();
        if routes > self.limits.routes_max {
            let max = self.limits.routes_max;
            let message = format!("there are {routes} routes; at most {max} are allowed");
            let violation =
                Violation::new(Path::part(Subject::Map, "routes"), Code::Limit, message);
            problems.push(violation.count("value", routes).count("max", max));
        }
        check_patterns(&names[exact..], &mut problems);
        problems.stop()?;

        let mut text = Vec::new();
        let (seed, placement) = place(&names)?;
        let mut tables = Tables::new(&self.arena);
        let mut slots = vec![0; index::slots_for(names.len()) * SLOT_BYTES];
        for (ordinal, ((name, own), at)) in names.iter().zip(&placement.slots).enumerate() {
            let slot = &mut slots[*at as usize * SLOT_BYTES..][..SLOT_BYTES];
            write_key(slot, name, &mut text);
            slot[4..8].copy_from_slice(&(ordinal as u32).to_le_bytes());
            if ordinal >= exact {
                slot[1] = flag::IS_PATTERN;
            }
            if let Some(own) = own {
                slot[1] |= flag::OWN;
                tables.write_answer(slot, own);
                slot[12..16].copy_from_slice(&own.rank.to_le_bytes());
            }
        }
        let mut fallback = [0; SLOT_BYTES];
        if let Some(own) = &self.fallback {
            fallback[1] = flag::FALLBACK;
            tables.write_answer(&mut fallback, own);
        }
        if tables.policies.len() > POLICIES_MAX * POLICY_BYTES {
            let message = format!("more than {POLICIES_MAX} different policies");
            return Err(
                Violation::new(Path::part(Subject::Map, "routes"), Code::Limit, message).into(),
            );
        }
        let values = settle::values(&self, &mut text)?;

        let order: Vec<u8> = placement
            .slots
            .iter()
            .flat_map(|at| at.to_le_bytes())
            .collect();
        let mut shapes: Vec<Shape> = names[exact..].iter().map(|n| Shape::of(n.0)).collect();
        shapes.sort_by_key(|shape| shape.order());
        shapes.dedup();
        let shapes: Vec<u8> = shapes.iter().flat_map(|shape| shape.write()).collect();
        let fingerprint = match self.base {
            Some(base) => base.header.fingerprint,
            None => hash::fingerprint(self.spec.events.iter().copied(), &self.catalog),
        };

        let mut head = [0; HEADER_BYTES];
        let counts = Counts {
            events,
            exact,
            total: names.len(),
            routes,
        };
        let sections: [&[u8]; section::COUNT] = [
            &slots,
            &placement.pilots,
            &order,
            &shapes,
            &tables.policies,
            &tables.lists,
            &values,
            &text,
            &self.catalog,
        ];
        write_head(&mut head, fingerprint, seed, &counts, &fallback, &sections);
        let bytes = HEADER_BYTES + sections.iter().map(|s| s.len()).sum::<usize>();
        let max = self.limits.image_bytes_max.min(u32::MAX as usize);
        if bytes > max {
            let message = format!("the table has {bytes} bytes; at most {max} are allowed");
            let violation = Violation::new(Path::of(Subject::Map), Code::Limit, message);
            return Err(violation.count("value", bytes).count("max", max).into());
        }

        // Patterns are asked of the slots as they are now, so the answers that they
        // give are exactly the reader's.
        let patches = {
            let header = parse(&head, bytes)?;
            let probe = crate::table::Probe {
                seed,
                slots: slots.as_chunks().0,
                pilots: &placement.pilots,
                shapes: &shapes,
                text: &text,
            };
            dead_patterns(&probe, &names[exact..], &mut problems);
            problems.stop()?;
            inherited(&probe, &header, &names[..events], &placement, &fallback)
        };
        for (at, patch) in patches {
            slots[at as usize * SLOT_BYTES..][..KEY].copy_from_slice(&patch);
        }
        let image = Image::concat(&[
            &head,
            &slots,
            &placement.pilots,
            &order,
            &shapes,
            &tables.policies,
            &tables.lists,
            &values,
            &text,
            &self.catalog,
        ]);
        let header = parse(&head, bytes)?;
        check_rules(
            View {
                image: image.as_ref(),
                header: &header,
            },
            &mut problems,
        );
        problems.or(RouteTable::trusted(image, header))
    }

    /// Every name that gets a slot, in the order of the ordinals.
    fn names(&self, problems: &mut Violations) -> Names<'a> {
        let own = |at: u32| self.routes.get(at as usize).copied();
        let mut names: Vec<(&'a str, Option<Own<'a>>)> =
            Vec::with_capacity(self.own.len() + self.added.len());
        let mut others: Vec<(&'a str, Option<Own<'a>>)> = Vec::with_capacity(self.added.len());
        let events = match self.base {
            Some(base) => {
                let events = base.header.events as usize;
                names.extend(
                    base.entries()
                        .zip(&self.own)
                        .take(events)
                        .map(|(entry, at)| (entry.route.name(), at.and_then(own))),
                );
                others.extend(
                    self.own[events..]
                        .iter()
                        .flatten()
                        .filter_map(|at| own(*at))
                        .map(|o| (o.name, Some(o))),
                );
                events
            }
            None => {
                names.extend(
                    self.spec
                        .events
                        .iter()
                        .zip(&self.own)
                        .map(|(name, at)| (*name, at.and_then(own))),
                );
                self.spec.events.len()
            }
        };
        others.extend(
            self.added
                .iter()
                .filter_map(|at| own(*at))
                .map(|o| (o.name, Some(o))),
        );
        let key = |n: &(&'a str, Option<Own<'a>>)| (name::is_pattern(n.0), n.0);
        others.sort_by(|a, b| key(a).cmp(&key(b)));
        for pair in others.windows(2) {
            if pair[0].0 == pair[1].0 {
                let path = Path::of(Subject::Route(pair[0].0.to_owned()));
                problems.push(Violation::new(
                    path,
                    Code::Duplicate,
                    "the route stands twice",
                ));
            }
        }
        let exact = events + others.iter().filter(|n| !name::is_pattern(n.0)).count();
        names.append(&mut others);
        Names {
            names,
            events,
            exact,
        }
    }
}

struct Names<'a> {
    names: Vec<(&'a str, Option<Own<'a>>)>,
    events: usize,
    /// How many are no patterns.
    exact: usize,
}

struct Counts {
    events: usize,
    exact: usize,
    total: usize,
    routes: usize,
}

fn parse(head: &[u8; HEADER_BYTES], bytes: usize) -> Result<Header, Violations> {
    Header::of(head, bytes)
        .map_err(|fault| Violation::new(Path::of(Subject::Map), Code::Limit, fault).into())
}

/// Finds a seed under which every name gets a slot of its own.
fn place(names: &[(&str, Option<Own<'_>>)]) -> Result<(u64, Placement), Violations> {
    let mut hashes = vec![0; names.len()];
    for attempt in 0..index::ATTEMPTS {
        let seed = hash::seed(attempt);
        for (hash, (name, _)) in hashes.iter_mut().zip(names) {
            *hash = hash::key(name.as_bytes(), seed);
        }
        if let Some(placement) = index::place(&hashes) {
            return Ok((seed, placement));
        }
    }
    let message = format!(
        "no seed of {} gives each of the names a place of its own",
        index::ATTEMPTS
    );
    Err(Violation::new(Path::of(Subject::Map), Code::NoSeed, message).into())
}

fn write_key(slot: &mut [u8], name: &str, text: &mut Vec<u8>) {
    slot[0] = name.len() as u8;
    if name.len() <= KEY_INLINE_BYTES {
        slot[KEY..KEY + name.len()].copy_from_slice(name.as_bytes());
        return;
    }
    let at = text.len() as u32;
    text.extend_from_slice(name.as_bytes());
    slot[KEY..KEY + KEY_SPILLED_BYTES].copy_from_slice(&name.as_bytes()[..KEY_SPILLED_BYTES]);
    slot[KEY + KEY_SPILLED_BYTES..].copy_from_slice(&at.to_le_bytes());
}

/// LISTS and POLICIES, each distinct record once, in the order of first use.
struct Tables<'b> {
    arena: &'b [u8],
    lists: Vec<u8>,
    policies: Vec<u8>,
    list_at: HashMap<&'b [u8], u32>,
    policy_at: HashMap<[u8; POLICY_BYTES], u16>,
    last_policy: ([u8; POLICY_BYTES], u16),
}

impl<'b> Tables<'b> {
    fn new(arena: &'b [u8]) -> Tables<'b> {
        let none = crate::route::Policy::default().write();
        Tables {
            arena,
            lists: Vec::new(),
            policies: none.to_vec(),
            list_at: HashMap::new(),
            policy_at: HashMap::from([(none, 0)]),
            last_policy: (none, 0),
        }
    }

    fn write_answer(&mut self, slot: &mut [u8], own: &Own<'b>) {
        let record = match own.record {
            Record::Base(bytes) => bytes,
            Record::New(start, end) => &self.arena[start as usize..end as usize],
        };
        let list = *self.list_at.entry(record).or_insert_with(|| {
            let at = self.lists.len() as u32;
            self.lists.extend_from_slice(record);
            at
        });
        // Neighbours mostly share their policy, so the map is mostly not asked.
        if own.policy != self.last_policy.0 {
            let next = self.policies.len() / POLICY_BYTES;
            let at = *self.policy_at.entry(own.policy).or_insert(next as u16);
            if usize::from(at) == next {
                self.policies.extend_from_slice(&own.policy);
            }
            self.last_policy = (own.policy, at);
        }
        let policy = self.last_policy.1;
        slot[1] |= own.outcome;
        slot[2..4].copy_from_slice(&policy.to_le_bytes());
        slot[8..12].copy_from_slice(&list.to_le_bytes());
    }
}

fn write_head(
    head: &mut [u8; HEADER_BYTES],
    fingerprint: u64,
    seed: u64,
    counts: &Counts,
    fallback: &[u8; SLOT_BYTES],
    sections: &[&[u8]; section::COUNT],
) {
    let bytes = HEADER_BYTES + sections.iter().map(|s| s.len()).sum::<usize>();
    head[..8].copy_from_slice(&MAGIC);
    head[16..24].copy_from_slice(&fingerprint.to_le_bytes());
    head[24..32].copy_from_slice(&seed.to_le_bytes());
    let mut put =
        |at: usize, value: usize| head[at..at + 4].copy_from_slice(&(value as u32).to_le_bytes());
    put(8, FORMAT as usize);
    put(12, bytes);
    put(32, counts.events);
    put(36, counts.exact);
    put(40, counts.total - counts.exact);
    put(44, sections[section::SLOTS].len() / SLOT_BYTES);
    put(48, sections[section::PILOTS].len());
    put(
        52,
        sections[section::SHAPES].len() / crate::layout::SHAPE_BYTES,
    );
    put(56, sections[section::POLICIES].len() / POLICY_BYTES);
    put(60, counts.routes);
    let mut start = HEADER_BYTES;
    for (at, section) in sections.iter().enumerate() {
        put(64 + 4 * at, start);
        start += section.len();
    }
    head[FALLBACK..].copy_from_slice(fallback);
}

/// The rules, over the values that are now in place.
fn check_rules(view: View<'_>, problems: &mut Violations) {
    let catalog: CatalogView<'_> = view.catalog();
    let values = view.values();
    for at in 0..catalog.rules() {
        let value = |path: &str| {
            let index = catalog.setting_index(path)?;
            (catalog.setting(index)?.form == Form::One).then(|| values.scalar(index))?
        };
        if rules::holds(catalog.code(at), value) {
            continue;
        }
        let text = catalog.rule(at).unwrap_or("");
        let mut facts: Vec<(&str, String)> = Vec::new();
        for instr in catalog.code(at) {
            if let rules::Instr::Setting(path) = instr
                && !facts.iter().any(|(p, _)| *p == path)
            {
                facts.push((path, value(path).map_or(String::new(), |v| v.to_string())));
            }
        }
        let with = facts
            .iter()
            .map(|(p, v)| format!("{p} = {v}"))
            .collect::<Vec<_>>()
            .join(", ");
        let message = match with.as_str() {
            "" => format!("the rule `{text}` does not hold"),
            with => format!("the rule `{text}` does not hold with {with}"),
        };
        let violation = Violation::new(Path::of(Subject::Rule(at)), Code::Rule, message);
        problems.push(violation.named("rule", text).named("values", &with));
    }
}
