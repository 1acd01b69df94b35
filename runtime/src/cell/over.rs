//! A cell over an image that is not linked.

use super::{Baseline, RouteCell};
use crate::image::Image;
use crate::limits::Limits;
use crate::table::{OpenError, RouteTable};
use crate::typed::{Catalog, Table};

impl<C: Catalog> RouteCell<C> {
    /// A cell whose baseline is an image from outside, all of which is checked. A tool
    /// that must decide as an engine does takes the engine's image and limits, and the
    /// catalog [`Untyped`](crate::Untyped).
    ///
    /// # Errors
    /// The bytes are no image of this format, or not one for this catalog.
    pub fn open(baseline: &[u8], limits: Limits) -> Result<RouteCell<C>, OpenError> {
        let raw = RouteTable::open(Image::copy(baseline))?;
        let table = Table::new(raw, 0).ok_or(OpenError("it was made for another catalog"))?;
        Ok(RouteCell::of(Baseline::Owned(table), limits))
    }
}
