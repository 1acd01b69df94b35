//! A thread that does something beside what is measured, when it is told to.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// The thread; it ends with this.
pub struct Background {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    /// What it is told.
    busy: AtomicBool,
    /// What it does: true from the end of the first piece of work.
    working: AtomicBool,
    ended: AtomicBool,
}

impl Background {
    /// Does `work` a thousand times a second.
    pub fn every_millisecond(work: impl FnMut() + Send + 'static) -> Background {
        Background::new(work, Some(Duration::from_millis(1)))
    }

    /// Does `work` as often as it can.
    pub fn all_the_time(work: impl FnMut() + Send + 'static) -> Background {
        Background::new(work, None)
    }

    fn new(mut work: impl FnMut() + Send + 'static, pause: Option<Duration>) -> Background {
        let shared = Arc::new(Shared::default());
        let of_thread = shared.clone();
        let thread = thread::spawn(move || {
            while !of_thread.ended.load(Ordering::Relaxed) {
                if of_thread.busy.load(Ordering::Relaxed) {
                    work();
                    of_thread.working.store(true, Ordering::Relaxed);
                    pause.into_iter().for_each(thread::sleep);
                } else {
                    of_thread.working.store(false, Ordering::Relaxed);
                    thread::sleep(Duration::from_micros(100));
                }
            }
        });
        Background {
            shared,
            thread: Some(thread),
        }
    }

    /// Tells it to work or to rest, and waits until it does.
    pub fn work(&self, busy: bool) {
        self.shared.busy.store(busy, Ordering::Relaxed);
        while self.shared.working.load(Ordering::Relaxed) != busy {
            thread::sleep(Duration::from_micros(50));
        }
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
