//! Readers: who holds the live table, and how they notice that there is a new one.

use std::any::Any;
use std::cell::RefCell;
use std::ops::Deref;
use std::rc::Rc;

use crate::cell::RouteCell;
use crate::typed::{Catalog, Table};

/// A handle on the live table, for a task or a hot loop. It keeps the generation
/// that it saw last in memory until it loads again.
pub struct RouteReader<'c, C: Catalog> {
    cell: &'c RouteCell<C>,
    generation: u64,
    table: Table<C>,
}

impl<'c, C: Catalog> RouteReader<'c, C> {
    pub(crate) fn new(cell: &'c RouteCell<C>) -> RouteReader<'c, C> {
        let (generation, table) = cell.current();
        RouteReader {
            cell,
            generation,
            table,
        }
    }

    /// The live table. Compares one number; only after a change does it take a lock,
    /// to clone a handle.
    #[inline]
    pub fn load(&mut self) -> &Table<C> {
        if self.cell.generation() != self.generation {
            self.refresh();
        }
        &self.table
    }

    #[cold]
    fn refresh(&mut self) {
        (self.generation, self.table) = self.cell.current();
    }
}

impl<C: Catalog> Clone for RouteReader<'_, C> {
    fn clone(&self) -> Self {
        RouteReader::new(self.cell)
    }
}

/// A table of this thread, for as long as one event takes. It cannot be sent to
/// another thread, and so cannot be held across an `.await` in a spawned task.
pub struct Loaded<C>(Rc<Table<C>>);

impl<C> Clone for Loaded<C> {
    fn clone(&self) -> Self {
        Loaded(self.0.clone())
    }
}

impl<C> Deref for Loaded<C> {
    type Target = Table<C>;

    #[inline]
    fn deref(&self) -> &Table<C> {
        &self.0
    }
}

/// What this thread saw last of one cell. Cells are told apart by their address,
/// which a `'static` cell keeps.
struct Seen {
    cell: usize,
    generation: u64,
    /// An `Rc<Table<C>>` of whichever catalog.
    table: Rc<dyn Any>,
}

thread_local! {
    static SEEN: RefCell<Vec<Seen>> = const { RefCell::new(Vec::new()) };
}

/// The live table, through the cache of this thread.
#[inline]
pub(crate) fn load<C: Catalog>(cell: &'static RouteCell<C>) -> Loaded<C> {
    let address = std::ptr::from_ref(cell).addr();
    let generation = cell.generation();
    let cached = SEEN.try_with(|seen| {
        let seen = seen.try_borrow().ok()?;
        let hit = seen.iter().find(|s| s.cell == address)?;
        (hit.generation == generation).then(|| hit.table.clone().downcast().ok())?
    });
    match cached {
        Ok(Some(table)) => Loaded(table),
        _ => refresh(cell, address),
    }
}

#[cold]
#[inline(never)]
fn refresh<C: Catalog>(cell: &'static RouteCell<C>, address: usize) -> Loaded<C> {
    let (generation, table) = cell.current();
    let table = Rc::new(table);
    // While a thread ends its cache is gone; then every load is a refresh.
    let before = SEEN.try_with(|seen| {
        let mut seen = seen.try_borrow_mut().ok()?;
        let fresh = Seen {
            cell: address,
            generation,
            table: table.clone(),
        };
        match seen.iter_mut().find(|s| s.cell == address) {
            Some(old) => Some(std::mem::replace(old, fresh)),
            None => {
                seen.push(fresh);
                None
            }
        }
    });
    drop(before);
    Loaded(table)
}
