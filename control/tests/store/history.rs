//! Any history of a process and its successors, against a model.

use proptest::prelude::*;
use routewright::{Code, Digest};
use routewright_control::store::{Probation, SWITCH};
use routewright_schema::pb::{Force, Lease};

use crate::host::{self, names};
use crate::process::{self, Host};

#[derive(Clone, Copy, Debug)]
enum Step {
    Publish {
        content: u64,
        force: bool,
        seconds: Option<u64>,
    },
    Retreat,
    /// A tick, time and lookups, another tick.
    Live(u64, u64),
    /// The next process; whether the one before was closed.
    Restart(bool),
    /// The file `BASELINE` comes or goes.
    Switch(bool),
}

fn step() -> impl Strategy<Value = Step> {
    let publish = (
        1..=4_u64,
        any::<bool>(),
        prop::option::weighted(0.2, 1..=100_u64),
    );
    let lives = [(1, 1), (30, 5_000), (60, 0), (0, 10_000), (60, 10_000)];
    prop_oneof![
        5 => publish.prop_map(|(content, force, seconds)| Step::Publish { content, force, seconds }),
        1 => Just(Step::Retreat),
        4 => prop::sample::select(lives.to_vec()).prop_map(|(t, l)| Step::Live(t, l)),
        4 => any::<bool>().prop_map(Step::Restart),
        1 => prop::bool::weighted(0.3).prop_map(Step::Switch),
    ]
}

/// An override: version, content, and when its lease ends.
type Served = Option<(u64, u64, Option<u64>)>;

#[derive(Debug, Default)]
struct Model {
    now: u64,
    accepted: u64,
    serving: Served,
    /// What it has lived through, if it is on probation.
    trial: Option<(u64, u64)>,
    /// What was good last, and before that with another content.
    goods: Vec<Served>,
    quarantined: Vec<u64>,
    /// As it was when the process began: what its cell refuses.
    refused: Vec<u64>,
    switched: bool,
}

fn content(served: &Served) -> Option<u64> {
    served.map(|(_, content, _)| content)
}

impl Model {
    fn serve(&mut self, served: Served, trial: Option<(u64, u64)>) {
        let ended = |(_, _, ends): &(u64, u64, Option<u64>)| ends.is_some_and(|e| self.now >= e);
        let over = self.switched || served.as_ref().is_some_and(ended);
        self.serving = served.filter(|_| !over);
        let passed = |(time, lookups): &(u64, u64)| *time >= 60 && *lookups >= 10_000;
        self.trial = trial.filter(|trial| !over && !passed(trial));
        if self.trial.is_none() {
            self.goods
                .retain(|good| content(good) != content(&self.serving));
            self.goods.insert(0, self.serving);
            self.goods.truncate(2);
        }
    }

    fn publish(&mut self, new: u64, force: bool, seconds: Option<u64>) -> Result<u64, Code> {
        if self.refused.contains(&new) && !force {
            return Err(Code::Quarantined);
        }
        self.accepted += 1;
        self.quarantined.retain(|content| *content != new);
        if force {
            self.refused.retain(|content| *content != new);
        }
        let proven = self.goods.iter().any(|good| content(good) == Some(new));
        let going_on = self.trial.filter(|_| content(&self.serving) == Some(new));
        let trial = (!proven).then_some(going_on.unwrap_or_default());
        let switched = std::mem::take(&mut self.switched);
        let ends = seconds.map(|seconds| self.now + seconds);
        self.serve(Some((self.accepted, new, ends)), trial);
        self.switched = switched;
        Ok(self.accepted)
    }

    fn live(&mut self, seconds: u64, lookups: u64) {
        self.serve(self.serving, self.trial);
        self.now += seconds;
        let more = |(t, l): (u64, u64)| (t + seconds, l + lookups);
        self.serve(self.serving, self.trial.map(more));
    }

    fn restart(&mut self, closed: bool) {
        if self.trial.is_some() && !closed {
            self.quarantined.extend(content(&self.serving));
            let free =
                |good: &&Served| content(good).is_none_or(|c| !self.quarantined.contains(&c));
            let good = self.goods.iter().find(free).copied().flatten();
            self.serve(good, None);
        } else {
            self.serve(self.serving, self.trial);
        }
        self.refused.clone_from(&self.quarantined);
    }
}

fn run(steps: &[Step]) {
    let images: Vec<Digest> = (0..=4).map(process::image).collect();
    let mut host = Host::new("history", Probation::default());
    let mut model = Model::default();
    for (at, step) in steps.iter().enumerate() {
        let what = format!("step {at} of {steps:?}");
        match *step {
            Step::Publish {
                content,
                force,
                seconds,
            } => {
                let mut map = host::map(0, content);
                map.force = force.then(|| Force {
                    reason: "again".to_owned(),
                });
                map.lease = seconds.map(|seconds| Lease {
                    owner: "history".to_owned(),
                    reason: String::new(),
                    ttl_ms: seconds * 1_000,
                });
                let expected = model.publish(content, force, seconds);
                assert_eq!(host.publish(map), expected, "{what}");
            }
            Step::Retreat => {
                host.retreat();
                model.serve(None, None);
            }
            Step::Live(seconds, lookups) => {
                host.live(seconds, lookups);
                model.live(seconds, lookups);
            }
            Step::Restart(closed) => {
                if closed {
                    host.store().close().unwrap();
                }
                host.restart();
                model.restart(closed);
            }
            Step::Switch(there) => {
                let switch = host.folder.join(SWITCH);
                match there {
                    true => drop(std::fs::File::create(switch).unwrap()),
                    false => drop(std::fs::remove_file(switch)),
                }
                model.switched = there;
            }
        }
        let cell = host.cell.status();
        let expected = model.serving.map_or((0, 64 << 10), |(v, c, _)| (v, c));
        let found = (cell.table.version(), host::content(host.cell));
        assert_eq!(found, expected, "{what}; {model:?}");
        assert_eq!(cell.accepted, model.accepted, "{what}; {model:?}");
        let status = host.store().status();
        assert_eq!(status.fault, None, "{what}");
        assert_eq!(status.version, expected.0, "{what}; {model:?}");
        assert_eq!(
            status.probation.is_some(),
            model.trial.is_some(),
            "{what}; {model:?}"
        );
        let quarantined: Vec<Digest> = model
            .quarantined
            .iter()
            .map(|content| images[*content as usize])
            .collect();
        assert_eq!(status.quarantined, quarantined, "{what}; {model:?}");
        assert!(names(&host.folder, ".state").len() <= 3, "{what}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(100) })]

    #[test]
    fn any_history(steps in prop::collection::vec(step(), 1..60)) {
        run(&steps);
    }
}
