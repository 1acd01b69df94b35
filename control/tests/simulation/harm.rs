//! Whatever can go wrong, by chance.

use std::time::Duration;

use crate::line::Line;
use crate::node::Node;
use crate::restricted;
use crate::world::World;

/// What a disk says that is full.
const FULL: &str = "no space left on device";

impl World {
    pub fn harm(&mut self) {
        self.fill_disk();
        if self.random.one_in(25) {
            self.push();
        }
        if self.random.one_in(150) {
            self.roll_back();
        }
        if self.plane.is_some() && self.tally.restarts < 3 && self.random.one_in(200) {
            let pause = Duration::from_millis(self.random.below(2_000));
            self.kill(pause);
        }
        if self.random.one_in(10) {
            let at = self.anyone();
            match self.random.below(4) {
                0 => self.restart(at),
                1 => {
                    // Its build has ended badly with some image once.
                    let image = match self.random.one_in(4) {
                        true => self.newest_image(at),
                        false => self.next_image(at),
                    };
                    self.engines[at].cell.quarantine(image);
                }
                _ => self.hang_up(at),
            }
        }
        if self.random.one_in(20) {
            self.trip();
        }
        if self.random.one_in(120) {
            let (at, now) = (self.anyone(), self.now());
            if !self.engines[at].held {
                self.engines[at].hold(now);
                self.tally.holds += 1;
            }
        }
        if self.random.one_in(60) {
            let at = self.anyone();
            self.engines[at].held = false;
        }
        self.end_those_that_serve_what_is_bad();
    }

    fn anyone(&mut self) -> usize {
        self.random.below(self.engines.len() as u64) as usize
    }

    /// Now and then the disk is full for some time.
    fn fill_disk(&mut self) {
        if self.random.one_in(300) {
            let time = Duration::from_millis(self.random.below(3_000));
            self.full_until = self.clock + time;
            self.tally.full += 1;
        }
        let full = self.clock < self.full_until;
        if let Some(plane) = &mut self.plane {
            plane.ledger_mut().broken = full.then(|| FULL.to_owned());
        }
    }

    /// The guard of some engine that has one takes back what it serves.
    fn trip(&mut self) {
        let now = self.now();
        let serves = |node: &Node| node.cell.status_at(now).table.version();
        let guards = |node: &Node| restricted::read(self.bytes_of(serves(node))).guard;
        let engines = self.engines.iter().enumerate();
        let guarded = engines.filter(|(_, node)| guards(node).is_some());
        let guarded: Vec<usize> = guarded.map(|(at, _)| at).collect();
        if guarded.is_empty() {
            return;
        }
        let at = guarded[self.random.below(guarded.len() as u64) as usize];
        let node = &mut self.engines[at];
        if node.trip(now) {
            self.tally.trips += 1;
            self.tally.unheard += u32::from(node.stream.is_none());
        }
    }

    /// What they keep nothing of does not live long with a version that is bad: they come
    /// back with their baseline, are told it again, and end again.
    fn end_those_that_serve_what_is_bad(&mut self) {
        let Some(bad) = self.bad else {
            return;
        };
        for at in 0..self.engines.len() {
            let node = &self.engines[at];
            let serves = || node.cell.status_at(self.now()).table.version();
            if node.saved.is_none() && serves() == bad && self.random.one_in(4) {
                self.restart(at);
                let pause = Duration::from_millis(self.random.below(200));
                self.engines[at].back_at = self.clock + pause;
                self.tally.crashes += 1;
            }
        }
    }

    /// The process of the control plane ends; another begins after a while.
    pub fn kill(&mut self, pause: Duration) {
        let Some(plane) = self.plane.take() else {
            return;
        };
        self.expect_after_restart(&plane);
        self.disk = plane.ledger().clone();
        self.disk.broken = None;
        self.tally.restarts += 1;
        self.up_at = self.clock + pause;
        for at in 0..self.engines.len() {
            self.cut(at);
        }
    }

    /// The connection breaks, and both sides find out.
    pub fn hang_up(&mut self, at: usize) {
        let now = self.now();
        if let (Some(stream), Some(plane)) = (self.engines[at].stream, &mut self.plane) {
            plane.gone(stream, now);
        }
        self.cut(at);
        self.carry_out();
    }

    /// The engine's side of it.
    pub fn cut(&mut self, at: usize) {
        let pause = Duration::from_millis(self.random.below(1_500));
        let node = &mut self.engines[at];
        node.stream = None;
        node.to_plane.clear();
        node.line = Line::default();
        node.back_at = self.clock + pause;
    }

    /// The process ends, and another begins; now and then another build.
    fn restart(&mut self, at: usize) {
        self.tally.engine_restarts += 1;
        self.hang_up(at);
        if self.random.one_in(6) {
            self.engines[at].build ^= 1;
        }
        let now = self.now();
        let node = &mut self.engines[at];
        node.restart(&self.images[node.build], now);
    }
}
