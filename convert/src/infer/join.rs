//! Consumers that are declared elsewhere: what they are, or where they are reached.

use super::candidate::Part;
use super::evidence::Evidence;
use super::refer::{Names, Reference};
use super::shape::{PlaceId, Shapes, Step};
use super::slot::Slot;
use super::words::{self, Role};

/// What stands behind the names of consumers.
#[derive(Clone, Debug)]
pub struct Join<'c> {
    /// The records that are named.
    pub record: PlaceId,
    /// The field that names them; `None`: their key.
    pub by: Option<&'c str>,
    /// Whether they stand in other documents.
    pub across: bool,
    /// What is taken of them.
    pub what: What<'c>,
}

/// What is taken of a record that is named.
#[derive(Clone, Debug)]
pub enum What<'c> {
    /// It is the consumer, reached at the first of these that it has, or by its name.
    Consumer(Vec<Slot<'c>>),
    /// It names the consumers.
    Consumers(Slot<'c>),
}

/// What a reference leads to.
pub fn of<'c>(
    shapes: &Shapes<'c>,
    names: &Names<'c>,
    reference: Reference,
    why: &mut Evidence,
) -> Option<Join<'c>> {
    let declared = &names.sets[reference.set];
    let record = declared.record;
    let slots = Slot::all(shapes, record);
    let is_name = |slot: &&Slot<'c>| slot.field() != declared.by || declared.by.is_none();
    let mut inner = slots.iter().filter(is_name);
    let further = inner.find(|slot| {
        slot.forms.many && slot.weight(Role::Destination) == 2 && slot.is_of_names(shapes)
    });
    let across = reference.local < reference.hits;
    let join = |what| Join {
        record,
        by: declared.by,
        across,
        what,
    };
    if let Some(slot) = further {
        if across && declared.twice > 0 {
            why.doubt(format!(
                "{} names are declared more than once",
                declared.twice
            ));
            return None;
        }
        why.note(format!("they lead on to {}", shapes.path(slot.place())));
        return Some(join(What::Consumers(slot.clone())));
    }
    if shapes.places[record].step == Step::Root {
        return None;
    }
    Some(join(What::Consumer(addresses(&slots))))
}

/// Of records that are consumers themselves: where they are reached, if they say so.
pub fn to_itself<'c>(shapes: &Shapes<'c>, record: PlaceId, name: &Part<'c>) -> Option<Join<'c>> {
    let by = match name {
        Part::Key => None,
        Part::Slot(slot) => Some(slot.field()?),
    };
    let addresses = addresses(&Slot::all(shapes, record));
    if addresses.is_empty() {
        return None;
    }
    let what = What::Consumer(addresses);
    Some(Join {
        record,
        by,
        across: false,
        what,
    })
}

/// The text of the records themselves, and the fields of them that are called so.
fn addresses<'c>(slots: &[Slot<'c>]) -> Vec<Slot<'c>> {
    let one = |slot: &&Slot<'c>| slot.forms.one && !slot.forms.many && slot.of_items.is_empty();
    let called =
        |slot: &&Slot<'c>| slot.path.is_empty() || slot.field().is_some_and(words::is_address);
    slots.iter().filter(one).filter(called).cloned().collect()
}
