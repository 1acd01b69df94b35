//! Who may do what on a control plane: rules over the names that certificates carry.
//!
//! Nobody may anything but by a rule. Where several rules are about a name, what one of them
//! allows is allowed.

use crate::diagnostic::Report;
use crate::format::yaml;
use crate::pattern;
use crate::source::Sources;

/// What a call needs of whoever makes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// To look at what is served and what was decided.
    Read,
    /// To be an engine that is told what to serve.
    Watch,
    /// To change what engines serve.
    Push,
}

impl Role {
    /// The word, as in rules.
    pub const fn as_str(self) -> &'static str {
        match self {
            Role::Read => "read",
            Role::Watch => "watch",
            Role::Push => "push",
        }
    }
}

/// A text in which one `*` may stand for something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glob {
    head: String,
    /// What stands after the `*`, if there is one.
    tail: Option<String>,
}

impl Glob {
    /// `None`: more than one `*`.
    pub fn of(text: &str) -> Option<Glob> {
        match text.split_once('*') {
            None => Some(Glob {
                head: text.to_owned(),
                tail: None,
            }),
            Some((_, tail)) if tail.contains('*') => None,
            Some((head, tail)) => Some(Glob {
                head: head.to_owned(),
                tail: Some(tail.to_owned()),
            }),
        }
    }

    /// What the `*` stands for in this text, at least one character; all of it, if there is
    /// no `*`. `None`: it is another text.
    fn star<'t>(&self, text: &'t str) -> Option<&'t str> {
        let Some(tail) = &self.tail else {
            return (text == self.head).then_some(text);
        };
        let star = text.strip_prefix(&*self.head)?.strip_suffix(&**tail)?;
        (!star.is_empty()).then_some(star)
    }

    /// The same for the name of a certificate, in which a `*` never goes beyond its part: it
    /// ends at a `/` of a URI, and at a `.` of other names. Alone, it stands for all names.
    fn star_of_identity<'t>(&self, identity: &'t str) -> Option<&'t str> {
        let star = self.star(identity)?;
        let Some(tail) = &self.tail else {
            return Some(star);
        };
        if self.head.is_empty() && tail.is_empty() {
            return Some(star);
        }
        let uri = self.head.contains('/') || tail.contains('/');
        let border = if uri { '/' } else { '.' };
        (!star.contains(border)).then_some(star)
    }
}

/// Which engine somebody may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Watch {
    /// Of any name.
    Any,
    /// Of the name of its certificate; where `who` has a `*`, of what that stands for.
    Same,
    /// Of a name like this.
    Like(Glob),
}

/// What somebody may change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Push {
    /// All there is.
    Everything,
    /// This alone.
    Only(Scope),
}

/// A part of what there is to change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// Events and patterns of them, as in `routes`.
    pub events: Vec<String>,
    /// Settings, and patterns of them in the same language.
    pub settings: Vec<String>,
    /// What answers where no route does.
    pub fallback: bool,
    /// Whether a push that is forced may change it, too: one that passes `max_step`,
    /// `cooldown` and quarantine.
    pub force: bool,
}

impl Scope {
    /// Whether that is in here. A pattern is, if all that it takes is.
    fn covers(&self, kind: &str, name: &str) -> bool {
        let among = |patterns: &[String]| {
            let above = |p: &String| pattern::shared(p, name).as_deref() == Some(name);
            patterns.iter().any(above)
        };
        match kind {
            "route" => among(&self.events),
            "setting" => among(&self.settings),
            "fallback" => self.fallback,
            // What is not known is not allowed.
            _ => false,
        }
    }
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Names of certificates.
    pub who: Glob,
    /// Whether they may look.
    pub read: bool,
    /// Which engines they may be.
    pub watch: Option<Watch>,
    /// What they may change.
    pub push: Option<Push>,
}

/// All rules.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    rules: Vec<Rule>,
}

impl Rules {
    /// Reads rules in YAML, under the name that messages will show.
    ///
    /// # Errors
    /// Everything that is wrong with them, and the text to show it in.
    pub fn read(name: &str, text: &str) -> Result<Rules, (Sources, Report)> {
        let (mut sources, mut report) = (Sources::default(), Report::new());
        let file = sources.add(name, text.strip_prefix('\u{feff}').unwrap_or(text));
        let rules = yaml::access::read(file, sources.text(file), &mut report);
        match report.errors() {
            0 => Ok(Rules { rules }),
            _ => Err((sources, report)),
        }
    }

    /// What whoever has a certificate of that name may do.
    pub fn of(&self, identity: &str) -> Rights {
        let mut rights = Rights::default();
        for rule in &self.rules {
            let Some(star) = rule.who.star_of_identity(identity) else {
                continue;
            };
            rights.read |= rule.read || rule.push.is_some();
            rights
                .watch
                .extend(rule.watch.clone().map(|watch| match watch {
                    Watch::Same => Watch::Like(Glob {
                        head: star.to_owned(),
                        tail: None,
                    }),
                    other => other,
                }));
            rights.push.extend(rule.push.clone());
        }
        rights
    }
}

/// What somebody may do, by all rules together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rights {
    read: bool,
    /// Without `Same`.
    watch: Vec<Watch>,
    push: Vec<Push>,
}

impl Rights {
    /// To do everything.
    pub fn all() -> Rights {
        Rights {
            read: true,
            watch: vec![Watch::Any],
            push: vec![Push::Everything],
        }
    }

    /// Whether they have a part in this at all.
    pub fn has(&self, role: Role) -> bool {
        match role {
            Role::Read => self.read,
            Role::Watch => !self.watch.is_empty(),
            Role::Push => !self.push.is_empty(),
        }
    }

    /// Whether they may be the engine of that name.
    pub fn may_watch_as(&self, name: &str) -> bool {
        self.watch.iter().any(|watch| match watch {
            Watch::Any => true,
            Watch::Same => false,
            Watch::Like(glob) => glob.star(name).is_some(),
        })
    }

    /// Whether they may change whatever there is.
    pub fn may_change_all(&self) -> bool {
        self.push.contains(&Push::Everything)
    }

    /// Whether they may change that: "route", "setting" or "fallback", and its name.
    pub fn may_change(&self, kind: &str, name: &str) -> bool {
        self.push.iter().any(|push| match push {
            Push::Everything => true,
            Push::Only(scope) => scope.covers(kind, name),
        })
    }

    /// Whether they may change that by a push that is forced: by those rules alone that say so.
    pub fn may_force(&self, kind: &str, name: &str) -> bool {
        self.push.iter().any(|push| match push {
            Push::Everything => true,
            Push::Only(scope) => scope.force && scope.covers(kind, name),
        })
    }
}

#[cfg(test)]
mod tests;
