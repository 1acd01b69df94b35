//! The piece of a mapping that makes the routes of a candidate.

use super::candidate::{Candidate, Kind, Part, Wild};
use super::evidence::keys;
use super::extra::Condition;
use super::join::{Join, What};
use super::program::{block, path, plain, tried, walk};
use super::quote::{field, string};
use super::shape::{Shapes, Step};
use super::slot::Slot;
use super::words;

/// All rules that meet an event answer, and not only the most specific one.
const MATCH_ALL: &str = "({ match: \"all\" }),\n";

type Odd = (fn(&str) -> bool, &'static str, &'static str);

/// Names that are none of an event: which, the same in jq, and why.
const ODD: &[Odd] = &[
    (words::is_regex, "regex", "a regular expression"),
    (
        words::is_of_a_broker,
        "broker",
        "a wildcard that also stands for no word at all",
    ),
    (
        |text| text.starts_with('!'),
        "startswith(\"!\")",
        "what is left out",
    ),
];

/// What makes its routes; it ends with a comma.
pub fn routes(shapes: &Shapes<'_>, candidate: &Candidate<'_>) -> String {
    Writer {
        shapes,
        candidate,
        lines: Vec::new(),
    }
    .routes()
}

struct Writer<'s, 'c> {
    shapes: &'s Shapes<'c>,
    candidate: &'s Candidate<'c>,
    lines: Vec<String>,
}

impl Writer<'_, '_> {
    fn routes(mut self) -> String {
        let shapes = self.shapes;
        let candidate = self.candidate;
        let own_key = match candidate.kind {
            Kind::Keyed => "event",
            Kind::Inverted => "consumer",
            Kind::Pair => "name",
        };
        self.join();
        let walked = walk(shapes, candidate.record, &|outer| {
            Some(if outer { "group" } else { own_key })
        });
        self.lines.extend(walked);
        self.guard();
        let to = self.to();
        let mut checks = self.conditions();
        let name = self.name(&mut checks);
        let item = self.item(&name, &to);
        let told = self.told(&to);
        let mut cases: Vec<(String, String)> = Vec::new();
        if let (Kind::Keyed, Some(key)) = (candidate.kind, self.fallback_key()) {
            let kind = if candidate.weights.is_some() {
                "split"
            } else {
                "fallback"
            };
            cases.push((
                format!("$event == {}", string(key)),
                format!("{{ {kind}: {to} }}"),
            ));
        }
        let cannot = |(check, why): (String, &str)| {
            (check, format!("{{ cannot: {told}, why: {} }}", string(why)))
        };
        cases.extend(checks.into_iter().map(cannot));
        if cases.is_empty() {
            self.lines.push(item);
        } else {
            let mut text = String::new();
            for (at, (check, item)) in cases.iter().enumerate() {
                let word = if at == 0 { "if" } else { "   elif" };
                text.push_str(&format!("{word} {check} then\n     {item}\n"));
            }
            text.push_str(&format!("   else\n     {item}\n   end"));
            self.lines.push(text);
        }
        let mut code = block(&self.lines);
        match candidate.wild(shapes) {
            Wild::None => {}
            _ if candidate.kind == Kind::Inverted => code.push_str(MATCH_ALL),
            _ => code.push_str(&format!("# {MATCH_ALL}")),
        }
        if let Some((place, known)) = candidate.fallback {
            let path = path(shapes, place);
            code.push_str(if known { "" } else { "# " });
            code.push_str(&format!(
                "({path} | strings | select(given) | {{ fallback: . }}),\n"
            ));
        }
        code
    }

    /// A key among those of events that says where all others go.
    fn fallback_key(&self) -> Option<&str> {
        let candidate = self.candidate;
        let mut keys = keys(self.shapes, candidate.record);
        keys.find(|key| words::is_fallback(key))
    }

    /// Binds what the names of consumers lead on to.
    fn join(&mut self) {
        if let Some(join) = &self.candidate.join
            && let What::Consumers(_) = &join.what
        {
            let mut steps = walk(self.shapes, join.record, &|_| None);
            let index = match join.by {
                Some(by) => format!("INDEX({}?)", field(by)),
                None => {
                    steps.pop();
                    steps.push("objects | to_entries[]".to_owned());
                    "from_entries".to_owned()
                }
            };
            if join.across {
                steps.insert(0, "$all[]".to_owned());
            }
            self.lines
                .push(format!("([{}] | {index}) as $named", steps.join(" | ")));
        }
    }

    /// Lets through only records that have both sides.
    fn guard(&mut self) {
        let candidate = self.candidate;
        let mut needed = Vec::new();
        for part in [&candidate.event, &candidate.to] {
            match part {
                Part::Slot(slot) if slot.path.is_empty() => {
                    if candidate.else_to.is_none() {
                        self.lines.push("strings, arrays".to_owned());
                    }
                    needed.push("given".to_owned());
                }
                Part::Slot(slot) => needed.push(format!("{} | given", tried(&slot.path))),
                Part::Key => {}
            }
        }
        match needed.as_slice() {
            [] => {}
            [one] => self.lines.push(format!("select({one})")),
            several => self
                .lines
                .push(format!("select(({}))", several.join(") and ("))),
        }
    }

    /// Who is told.
    fn to(&mut self) -> String {
        let candidate = self.candidate;
        let slot = match &candidate.to {
            Part::Key => return "$consumer".to_owned(),
            Part::Slot(slot) => slot,
        };
        if let Some(Join {
            what: What::Consumers(further),
            ..
        }) = &candidate.join
        {
            let names = each(slot);
            self.lines.push(format!(
                "[{names} | $named[.]? | values | {} | values] as $to",
                all(further)
            ));
            self.lines.push("select($to | given)".to_owned());
            return "$to".to_owned();
        }
        match &candidate.else_to {
            Some(other) => format!("({} // .)", tried(&other.path)),
            None if slot.of_items.is_empty() => all(slot),
            // Not each record need have one.
            None => {
                let to = match candidate.weights {
                    Some(weight) => {
                        let path = plain(&slot.path);
                        let (name, weight) = (tried(&slot.of_items), field(weight));
                        format!("([{path}[]? | {{ key: {name}, value: {weight} }}] | from_entries)")
                    }
                    None => all(slot),
                };
                self.lines.push(format!("{to} as $to"));
                self.lines.push("select($to | given)".to_owned());
                "$to".to_owned()
            }
        }
    }

    fn conditions(&self) -> Vec<(String, &'static str)> {
        let conditions = self.candidate.extras.conditions.iter();
        let check = |condition: &Condition<'_>| {
            let check = format!("{} | given", condition_of(condition, "?"));
            (check, "a condition on what an event holds")
        };
        conditions.map(check).collect()
    }

    /// The name of the event. What no name can be is checked for, if there is any.
    fn name(&mut self, checks: &mut Vec<(String, &'static str)>) -> String {
        let candidate = self.candidate;
        let outer = self.groups();
        let groups = if candidate.groups_in_name {
            outer
        } else {
            Vec::new()
        };
        let found = |is: fn(&str) -> bool| candidate.events(self.shapes).any(is);
        let odd: Vec<_> = ODD.iter().filter(|(is, ..)| found(*is)).collect();
        let mut event = match &candidate.event {
            Part::Key => "$event".to_owned(),
            Part::Slot(slot) => each(slot),
        };
        let several = !groups.is_empty() || candidate.scope.is_some();
        if event != "$event" && (several || !odd.is_empty()) {
            self.lines.push(format!("{event} as $event"));
            event = "$event".to_owned();
        }
        checks.extend(
            odd.iter()
                .map(|(_, check, why)| (format!("{event} | {check}"), *why)),
        );
        if let Some(scope) = &candidate.scope {
            self.lines.push(format!("{} as $scope", each(scope)));
            if scope
                .texts(self.shapes)
                .any(|(text, _)| words::is_regex(text))
            {
                checks.push(("$scope | regex".to_owned(), "a regular expression"));
            }
        }
        if !several {
            return event;
        }
        let mut name: String = groups.iter().map(|group| format!("\\({group}).")).collect();
        name.push_str("\\($event)");
        if candidate.scope.is_some() {
            name.push_str(":\\($scope)");
        }
        format!("\"{name}\"")
    }

    /// The variables for the keys of outer dictionaries.
    fn groups(&self) -> Vec<String> {
        let way = self.shapes.way(self.candidate.record);
        let outer = way[..way.len() - 1]
            .iter()
            .filter(|place| self.shapes.places[**place].step == Step::Entry);
        let name = |at| {
            if at == 0 {
                "$group".to_owned()
            } else {
                format!("$group_{}", at + 1)
            }
        };
        (0..outer.count()).map(name).collect()
    }

    fn item(&self, name: &str, to: &str) -> String {
        let candidate = self.candidate;
        let kind = match candidate.wild(self.shapes) {
            Wild::None => "event",
            Wild::Shell => "glob",
            Wild::Ours => "pattern",
        };
        let how = if candidate.weights.is_some() {
            "split"
        } else {
            "to"
        };
        let mut item = format!("{{ {kind}: {name}, {how}: {to}");
        let mut names = if candidate.groups_in_name {
            Vec::new()
        } else {
            self.groups()
        };
        let entry = keys(self.shapes, candidate.record).next().is_some();
        if candidate.kind == Kind::Pair && entry {
            names.push("$name".to_owned());
        }
        for (ours, theirs) in &candidate.extras.fields {
            let value = field(theirs);
            match *ours {
                "doc" => names.push(value),
                _ => item.push_str(&format!(", {ours}: {value}")),
            }
        }
        match names.as_slice() {
            [] => {}
            [one] => item.push_str(&format!(", doc: {one}")),
            several => item.push_str(&format!(
                ", doc: ([{}] | map(values) | join(\": \"))",
                several.join(", ")
            )),
        }
        item.push_str(" }");
        item
    }

    /// All that a route would have said.
    fn told(&self, to: &str) -> String {
        let candidate = self.candidate;
        let mut parts: Vec<String> = candidate
            .extras
            .conditions
            .iter()
            .map(|condition| condition_of(condition, ""))
            .collect();
        parts.push(match &candidate.event {
            Part::Slot(slot) if !self.lines.iter().any(|line| line.ends_with("as $event")) => {
                all(slot)
            }
            _ => "$event".to_owned(),
        });
        parts.extend(candidate.scope.iter().map(|_| "$scope".to_owned()));
        parts.push(to.to_owned());
        parts.extend(
            candidate
                .extras
                .fields
                .iter()
                .map(|(_, theirs)| field(theirs)),
        );
        format!("[{}]", parts.join(", "))
    }
}

/// The value of a condition. `maybe` stands behind each field: `?`, or nothing.
fn condition_of(condition: &Condition<'_>, maybe: &str) -> String {
    let path: String = condition
        .path
        .iter()
        .map(|name| field(name) + maybe)
        .collect();
    match condition.without {
        Some(event) => format!("({path} | del({}))", field(event)),
        None => path,
    }
}

/// Each text of a slot.
fn each(slot: &Slot<'_>) -> String {
    let path = plain(&slot.path);
    match (slot.of_items.is_empty(), slot.forms.one, slot.forms.many) {
        (false, ..) => format!("({path}[]?{} | values)", tried(&slot.of_items)),
        (_, true, false) => path,
        (_, false, _) => format!("{path}[]"),
        (_, true, true) => format!("({path} | each)"),
    }
}

/// All texts of a slot: one name, or a list of names.
fn all(slot: &Slot<'_>) -> String {
    match slot.of_items.is_empty() {
        true => plain(&slot.path),
        false => format!("[{}]", each(slot)),
    }
}
