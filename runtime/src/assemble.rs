//! From what a builder collected to an image: order, place, write, resolve, check.

mod frame;
mod resolve;

use std::fmt::Write as _;

use crate::builder::Builder;
use crate::catalog::CatalogView;
use crate::error::{Code, Path, Subject, Violation, Violations};
use crate::hash::Digest;
use crate::image::{Draft, Image};
use crate::layout::{HEADER_BYTES, Header, KEY, POLICY_BYTES, SLOT_BYTES, flag};
use crate::limits::POLICIES_MAX;
use crate::rules;
use crate::scalar::{Form, Scalar};
use crate::settle;
use crate::table::{RouteTable, View};
use frame::Frame;
use resolve::{check_patterns, dead_patterns, inherit};

impl<'a> Builder<'a> {
    /// Checks all that was collected, and writes the image. What comes back is
    /// complete: every event of the catalog has its answer, also an inherited one.
    ///
    /// # Errors
    /// Everything that is wrong, at most [`VIOLATIONS_MAX`](crate::limits::VIOLATIONS_MAX)
    /// of it in detail.
    pub fn finish(mut self) -> Result<RouteTable<Image>, Violations> {
        self.build()
    }

    /// [`finish`](Self::finish), after which the workshop can be used again.
    pub(crate) fn build(&mut self) -> Result<RouteTable<Image>, Violations> {
        let mut problems = std::mem::take(&mut self.problems);
        let mut frame = match Frame::of_base(self) {
            Some(frame) => frame,
            None => Frame::new(self, &mut problems),
        };
        self.shop.same_names = frame.is_of_base();
        let routes = self.shop.own.iter().filter(|own| own.is_some()).count();
        if routes > self.limits.routes_max {
            let max = self.limits.routes_max;
            let message = format!("there are {routes} routes; at most {max} are allowed");
            let violation =
                Violation::new(Path::part(Subject::Map, "routes"), Code::Limit, message);
            problems.push(violation.limit(routes, max));
        }
        let patterns = frame.changed_patterns(self);
        check_patterns(&patterns, &mut problems);
        problems.stop()?;

        frame.place()?;
        let mut cells = std::mem::take(&mut self.shop.cells);
        let mut text = std::mem::take(&mut self.shop.text);
        frame.write_long_keys(&mut text);
        let settled = settle::values(self, &mut cells, &mut text);
        (self.shop.cells, self.shop.text) = (cells, text);
        settled?;
        let (values, text) = (self.shop.cells.len(), self.shop.text.len());
        let rest = self.shop.answers_max() + values + text + self.catalog.len();
        let mut draft = Draft::new(self.shop.spare.take(), frame.bytes() + rest);
        frame.write(&mut draft);
        self.answer(&frame, &mut draft);
        let policies = self.shop.policies().len();
        if policies > POLICIES_MAX {
            let path = Path::part(Subject::Map, "routes");
            let message = format!(
                "the routes have {policies} different policies; at most {POLICIES_MAX} are allowed"
            );
            let violation = Violation::new(path, Code::Limit, message);
            return Err(violation.limit(policies, POLICIES_MAX).into());
        }
        let counts = [
            self.shop.policies().len() * POLICY_BYTES,
            self.shop.lists().len(),
            values,
            text,
            self.catalog.len(),
        ];
        let bytes = frame.bytes() + counts.iter().sum::<usize>();
        let max = self.limits.image_bytes_max.min(u32::MAX as usize);
        if bytes > max {
            let message = format!("the table has {bytes} bytes; at most {max} are allowed");
            let violation = Violation::new(Path::of(Subject::Map), Code::Limit, message);
            return Err(violation.limit(bytes, max).into());
        }
        for policy in self.shop.policies() {
            draft.extend(policy);
        }
        for section in [
            self.shop.lists(),
            &self.shop.cells,
            &self.shop.text,
            &self.catalog,
        ] {
            draft.extend(section);
        }
        self.shop.give_back();
        frame.write_head(draft.bytes(), routes, &counts);
        let header = Header::of(draft.bytes(), bytes)
            .map_err(|fault| Violation::new(Path::of(Subject::Map), Code::Limit, fault))?;

        // Patterns are asked of the slots as they are now, so the answers that they
        // give are exactly the reader's.
        dead_patterns(View::of(draft.bytes(), &header), &patterns, &mut problems);
        problems.stop()?;
        inherit(View::of(draft.bytes(), &header), &mut self.shop.inherited);
        for (at, head) in &self.shop.inherited {
            let at = HEADER_BYTES + *at as usize * SLOT_BYTES;
            draft.bytes()[at..at + KEY].copy_from_slice(head);
        }
        check_rules(View::of(draft.bytes(), &header), &mut problems);
        problems.stop()?;
        // Every answer to a push names it, and every stamp; better here than in a reader.
        let header = Header {
            digest: Digest::of(draft.bytes()),
            ..header
        };
        Ok(RouteTable::trusted(draft.finish(), header))
    }

    /// Writes own routes into the slots, and the fallback into the header.
    fn answer(&mut self, frame: &Frame<'_>, draft: &mut Draft) {
        self.shop.settle();
        let (head, rest) = draft.bytes().split_at_mut(HEADER_BYTES);
        let (slots, order) = frame.slots_and_order(rest);
        let own = std::mem::take(&mut self.shop.own);
        for (own, at) in own.iter().zip(order) {
            let Some(slot) = slots.get_mut(u32::from_le_bytes(*at) as usize) else {
                continue;
            };
            slot[1] &= flag::IS_PATTERN;
            slot[2..4].fill(0);
            slot[8..16].fill(0);
            if own.is_some() {
                slot[1] |= flag::OWN;
                self.shop.answer(slot, own);
                slot[12..16].copy_from_slice(&own.rank.to_le_bytes());
            }
        }
        self.shop.own = own;
        let Some(fallback) = frame::fallback(head) else {
            return;
        };
        *fallback = [0; SLOT_BYTES];
        if self.fallback.is_some() {
            fallback[1] = flag::FALLBACK;
            self.shop.answer(fallback, &self.fallback);
        }
    }
}

/// Settings of a rule that its violation shows.
const VALUES_SHOWN_MAX: usize = 8;

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
        let mut settings: Vec<&str> = Vec::new();
        let mut with = String::new();
        for instr in catalog.code(at) {
            if let rules::Instr::Setting(path) = instr
                && !settings.contains(&path)
                && settings.len() < VALUES_SHOWN_MAX
            {
                let comma = if settings.is_empty() { "" } else { ", " };
                let _ = write!(with, "{comma}{path} = ");
                let _ = match value(path).map(Scalar::shown) {
                    Some(value) => write!(with, "{value}"),
                    None => Ok(()),
                };
                settings.push(path);
            }
        }
        let message = match with.as_str() {
            "" => format!("the rule `{text}` does not hold"),
            with => format!("the rule `{text}` does not hold with {with}"),
        };
        let violation = Violation::new(Path::of(Subject::Rule(at)), Code::Rule, message);
        problems.push(violation.named("rule", text).named("values", &with));
    }
}
