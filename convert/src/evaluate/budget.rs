//! What a run may cost: a mapping that never ends, or that makes more than fits, ends in
//! words.
//!
//! The budget grows with the input, so that a large tree is no reason to stop. All bounds of
//! the evaluator stand here; the depth of values stands in `value.rs`, the bounds of files
//! in `document/bounds.rs`, the size of a mapping in `mapping.rs`.

use std::cell::Cell;

/// Steps of any run. A step is an operation of the mapping, or an element that a function
/// looks at.
pub const STEPS_FREE: u64 = 4_000_000;
/// Steps for each key and leaf of the input. The mappings that are shipped need about fifty.
pub const STEPS_PER_NODE: u64 = 5_000;
/// Bytes of values that any run may make. What is given back is not counted as free.
pub const BYTES_FREE: u64 = 48 * 1024 * 1024;
/// Bytes for each key and leaf of the input.
pub const BYTES_PER_NODE: u64 = 16 * 1024;
/// Steps within each other, as of a function that calls itself other than in its last step.
pub const NESTED_MAX: u32 = 1_000;
/// Bytes of stack that those may take: in a build with debug assertions, a step takes
/// several times what it takes in a release, and the least stack is that of a thread, 2 MiB.
pub const STACK_MAX: usize = 1400 * 1024;

/// What is left.
#[derive(Debug)]
pub(super) struct Budget {
    steps: Cell<u64>,
    bytes: Cell<u64>,
    nested: Cell<u32>,
    /// Where the stack of the run begins.
    stack: Cell<usize>,
}

impl Budget {
    /// For an input of that many keys and leaves.
    pub fn new(nodes: usize) -> Budget {
        let nodes = nodes as u64;
        let steps = STEPS_FREE + nodes * STEPS_PER_NODE;
        Budget::of(steps, BYTES_FREE + nodes * BYTES_PER_NODE)
    }

    pub fn of(steps: u64, bytes: u64) -> Budget {
        Budget {
            steps: Cell::new(steps),
            bytes: Cell::new(bytes),
            nested: Cell::new(0),
            stack: Cell::new(0),
        }
    }

    /// Takes steps.
    pub fn steps(&self, steps: u64) -> Result<(), &'static str> {
        let left = self.steps.get().checked_sub(steps);
        self.steps.set(left.unwrap_or(0));
        left.map(|_| ()).ok_or(
            "the mapping takes too many steps for so small an input; does `repeat`, `range` or \
             a function that calls itself never end?",
        )
    }

    /// Takes bytes.
    pub fn bytes(&self, bytes: u64) -> Result<(), &'static str> {
        let left = self.bytes.get().checked_sub(bytes);
        self.bytes.set(left.unwrap_or(0));
        left.map(|_| ()).ok_or(
            "the mapping makes more values than so small an input can need; does a list or a \
             text grow without end?",
        )
    }

    /// One level deeper.
    pub fn enter(&self) -> Result<(), &'static str> {
        let here = place_on_stack();
        if self.nested.get() == 0 {
            self.stack.set(here);
        }
        let deep = self.stack.get().abs_diff(here) > STACK_MAX;
        self.nested.set(self.nested.get() + 1);
        match deep || self.nested.get() > NESTED_MAX {
            true => {
                self.leave();
                Err(
                    "the mapping calls itself too deep; a call in the last place of a function, \
                     as in `def f: if .. then . else .. | f end`, does not count",
                )
            }
            false => Ok(()),
        }
    }

    /// One level back.
    pub fn leave(&self) {
        self.nested.set(self.nested.get() - 1);
    }
}

/// An address in the frame of the caller, more or less.
#[inline(never)]
fn place_on_stack() -> usize {
    let here = 0u8;
    std::ptr::from_ref(std::hint::black_box(&here)).addr()
}
