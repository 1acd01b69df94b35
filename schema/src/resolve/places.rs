//! Where everything of a definition stands in its sources.

use std::collections::HashMap;

use routewright::{Path, Subject};

use crate::draft::{Draft, DraftConsumer, DraftPolicy, DraftRoute, DraftSetting, DraftValue};
use crate::source::{Span, Text};

/// Places of a definition: by name, and by the paths of the runtime's violations.
#[derive(Clone, Debug, Default)]
pub struct Places {
    drafts: Vec<Draft>,
    /// In `events`, and by messages.
    listed: HashMap<String, Span>,
    payloads: HashMap<String, Span>,
    /// Draft, and position in it.
    routes: HashMap<String, (usize, usize)>,
    consumers: HashMap<String, (usize, usize)>,
    settings: HashMap<String, (usize, usize)>,
}

impl Places {
    /// Of these drafts, whose names are unique.
    pub(crate) fn new(drafts: Vec<Draft>) -> Places {
        fn index<'d, T: 'd>(
            drafts: &'d [Draft],
            list: impl Fn(&'d Draft) -> &'d [T],
            name: impl Fn(&'d T) -> &'d Text,
        ) -> HashMap<String, (usize, usize)> {
            let entries = drafts.iter().enumerate().flat_map(|(file, draft)| {
                list(draft)
                    .iter()
                    .enumerate()
                    .map(move |(at, item)| (file, at, item))
            });
            entries
                .map(|(file, at, item)| (name(item).value.clone(), (file, at)))
                .collect()
        }
        let at = |event: &Text| (event.value.clone(), event.span);
        let listed = drafts.iter().flat_map(|d| &d.events).map(at).collect();
        let payloads = drafts.iter().flat_map(|d| &d.payloads);
        let payloads = payloads.map(|payload| at(&payload.event)).collect();
        let routes = index(&drafts, |d| &d.routes, |r: &DraftRoute| &r.name);
        let consumers = index(&drafts, |d| &d.consumers, |c: &DraftConsumer| &c.name);
        let settings = index(&drafts, |d| &d.settings, |s: &DraftSetting| &s.name);
        Places {
            drafts,
            listed,
            payloads,
            routes,
            consumers,
            settings,
        }
    }

    /// The texts of which it was made, one to one.
    pub(crate) fn drafts(&self) -> &[Draft] {
        &self.drafts
    }

    /// The draft of that route, and the route in it.
    pub(crate) fn drafted_route(&self, name: &str) -> Option<(&Draft, &DraftRoute)> {
        self.draft_route(name)
    }

    /// Where that event is declared: in `events`, by a message, or by its own route.
    pub fn event(&self, name: &str) -> Option<Span> {
        let declared = self.payload(name).or_else(|| self.listed(name));
        declared.or_else(|| self.route(name))
    }

    /// Where that event stands in `events`.
    pub(crate) fn listed(&self, name: &str) -> Option<Span> {
        self.listed.get(name).copied()
    }

    /// The event's name in its message.
    pub(crate) fn payload(&self, name: &str) -> Option<Span> {
        self.payloads.get(name).copied()
    }

    /// The name of that route.
    pub fn route(&self, name: &str) -> Option<Span> {
        self.draft_route(name).map(|(_, route)| route.name.span)
    }

    /// The key `fallback`.
    pub fn fallback(&self) -> Option<Span> {
        self.draft_fallback().map(|route| route.name.span)
    }

    /// The name of that consumer.
    pub fn consumer(&self, name: &str) -> Option<Span> {
        let (file, at) = self.consumers.get(name)?;
        Some(self.drafts.get(*file)?.consumers.get(*at)?.name.span)
    }

    /// The name of that setting.
    pub fn setting(&self, path: &str) -> Option<Span> {
        self.draft_setting(path).map(|setting| setting.name.span)
    }

    /// The rule at that position of the definition.
    pub fn rule(&self, at: usize) -> Option<Span> {
        self.drafts
            .iter()
            .flat_map(|d| &d.rules)
            .nth(at)
            .map(|t| t.span)
    }

    /// The test at that position of the definition.
    pub fn test(&self, at: usize) -> Option<Span> {
        self.drafts
            .iter()
            .flat_map(|d| &d.tests)
            .nth(at)
            .map(|t| t.span)
    }

    /// `version`.
    pub fn version(&self) -> Option<Span> {
        self.drafts
            .iter()
            .find_map(|d| d.version.as_ref())
            .map(|t| t.span)
    }

    /// The element that a path names; else the part; else the subject.
    pub fn of(&self, path: &Path) -> Option<Span> {
        match &path.subject {
            Subject::Map => self.section(path.part),
            Subject::Event(name) => self.event(name),
            Subject::Consumer(name) => self.consumer(name),
            Subject::Route(name) => {
                let (draft, route) = self.draft_route(name)?;
                let part =
                    route_part(route, path).or_else(|| policy_part(&draft.defaults, path.part));
                Some(part.unwrap_or(route.name.span))
            }
            Subject::Fallback => {
                let route = self.draft_fallback()?;
                Some(route_part(route, path).unwrap_or(route.name.span))
            }
            Subject::Setting(name) => {
                let setting = self.draft_setting(name)?;
                Some(setting_part(setting, path).unwrap_or(setting.name.span))
            }
            Subject::Rule(at) => self.rule(*at),
            _ => None,
        }
    }

    /// The element or part that a path names, if it is written; not its subject.
    pub fn part(&self, path: &Path) -> Option<Span> {
        match &path.subject {
            Subject::Route(name) => self
                .draft_route(name)
                .and_then(|(_, route)| route_part(route, path)),
            Subject::Fallback => self
                .draft_fallback()
                .and_then(|route| route_part(route, path)),
            Subject::Setting(name) => self
                .draft_setting(name)
                .and_then(|setting| setting_part(setting, path)),
            _ => None,
        }
    }

    fn draft_route(&self, name: &str) -> Option<(&Draft, &DraftRoute)> {
        let (file, at) = self.routes.get(name)?;
        let draft = self.drafts.get(*file)?;
        Some((draft, draft.routes.get(*at)?))
    }

    fn draft_fallback(&self) -> Option<&DraftRoute> {
        self.drafts.iter().find_map(|d| d.fallback.as_ref())
    }

    fn draft_setting(&self, path: &str) -> Option<&DraftSetting> {
        let (file, at) = self.settings.get(path)?;
        self.drafts.get(*file)?.settings.get(*at)
    }

    /// The first entry of a section; of the whole, `package`.
    fn section(&self, part: &str) -> Option<Span> {
        let first = |span: fn(&Draft) -> Option<Span>| self.drafts.iter().find_map(span);
        match part {
            "consumers" => first(|d| d.consumers.first().map(|c| c.name.span)),
            "settings" => first(|d| d.settings.first().map(|s| s.name.span)),
            "routes" => first(|d| d.routes.first().map(|r| r.name.span)),
            "rules" => self.rule(0),
            _ => first(|d| d.package.as_ref().map(|p| p.span)),
        }
    }
}

fn span(text: &Option<Text>) -> Option<Span> {
    text.as_ref().map(|t| t.span)
}

/// From the first of these texts to the last.
fn across<'t>(texts: impl Iterator<Item = &'t Text>) -> Option<Span> {
    let spans: Vec<Span> = texts.map(|t| t.span).collect();
    Some(Span {
        end: spans.last()?.end,
        ..*spans.first()?
    })
}

/// An element in the definition's order, which is that of the names; else all.
fn by_name(mut names: Vec<&Text>, index: Option<usize>) -> Option<Span> {
    let all = across(names.iter().copied());
    names.sort_by_key(|t| t.value.as_str());
    index.and_then(|at| names.get(at)).map(|t| t.span).or(all)
}

fn route_part(route: &DraftRoute, path: &Path) -> Option<Span> {
    match path.part {
        "to" => {
            let to = route.to.as_ref()?;
            path.index
                .and_then(|at| to.get(at))
                .map(|t| t.span)
                .or_else(|| across(to.iter()))
        }
        "split" => by_name(
            route.split.as_ref()?.iter().map(|(name, _)| name).collect(),
            path.index,
        ),
        "mirror" => by_name(
            route
                .mirror
                .as_ref()?
                .iter()
                .map(|(name, _)| name)
                .collect(),
            path.index,
        ),
        "drop" => span(&route.drop),
        "rank" => span(&route.rank),
        "enabled" => span(&route.enabled),
        "deprecated" => span(&route.deprecated),
        "expires" => span(&route.expires),
        part => policy_part(&route.policy, part),
    }
}

fn policy_part(policy: &DraftPolicy, part: &str) -> Option<Span> {
    match part {
        "timeout" => span(&policy.timeout),
        "retries" => span(&policy.retries),
        "retry_delay" => span(&policy.retry_delay),
        "priority" => span(&policy.priority),
        _ => None,
    }
}

fn setting_part(setting: &DraftSetting, path: &Path) -> Option<Span> {
    match path.part {
        // Of the whole with an index: an element, or a cell counted row by row. The
        // value of a baseline is its default.
        "" | "default" => {
            let default = setting.default.as_ref()?;
            let element = path.index.and_then(|at| match default {
                DraftValue::One(_) => None,
                DraftValue::List(texts, _) | DraftValue::Repeated(texts, _) => {
                    texts.get(at).map(|t| t.span)
                }
                DraftValue::Table(rows, _) => rows
                    .iter()
                    .flat_map(|(cells, _)| cells)
                    .nth(at)
                    .map(|t| t.span),
            });
            element.or(Some(default.span()))
        }
        "type" => span(&setting.ty),
        "min" => span(&setting.min),
        "max" => span(&setting.max),
        "max_step" => span(&setting.max_step),
        "values" => across(setting.values.as_ref()?.iter()),
        "columns" => across(setting.columns.as_ref()?.iter().map(|(name, _)| name)),
        "expires" => span(&setting.expires),
        _ => None,
    }
}
