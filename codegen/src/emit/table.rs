//! The linked table, and the types of its catalog.

use proc_macro2::{Literal, TokenStream};
use quote::quote;
use routewright::{Image, RouteTable};
use routewright_schema::model::Definition;

use crate::revision::VARIABLE;

pub(super) fn emit(
    definition: &Definition,
    table: &RouteTable<Image>,
    rw: &TokenStream,
) -> TokenStream {
    let (package, variable) = (&definition.package, VARIABLE);
    let version = Literal::u64_unsuffixed(definition.version);
    let bytes = Literal::usize_unsuffixed(table.as_image().len());
    let fingerprint: TokenStream = format!("0x{:016x}", table.fingerprint())
        .parse()
        .unwrap_or_default();
    let digest: TokenStream = format!("0x{}", table.digest()).parse().unwrap_or_default();
    let index = match table.events() {
        0 => quote!(match event {}),
        _ => quote!(event as usize),
    };
    quote! {
        /// What this was compiled with; keeps its events away from other tables.
        #[derive(Clone, Copy, Debug)]
        pub struct Catalog;

        impl #rw::Catalog for Catalog {
            type Event = Event;
            type Consumer = Consumer;
            const FINGERPRINT: u64 = #fingerprint;
            const EVENTS: &'static [Event] = Event::ALL;
            const CONSUMERS: &'static [Consumer] = Consumer::ALL;

            #[inline]
            fn index(event: Event) -> usize {
                #index
            }
        }

        /// Holds the live table: `static ROUTES: Cell = Cell::new(&TABLE);`
        #[allow(dead_code)]
        pub type Cell = #rw::RouteCell<Catalog>;
        /// A handle on the live table, for a task or a hot loop.
        #[allow(dead_code)]
        pub type Reader<'a> = #rw::RouteReader<'a, Catalog>;
        /// A whole generation: routes and settings that belong together.
        #[allow(dead_code)]
        pub type Table = #rw::Table<Catalog>;
        /// The answer for one event.
        #[allow(dead_code)]
        pub type Route<'a> = #rw::Route<'a, Catalog>;

        /// The image, and a note where it is from: `cargo xtask inspect` finds both in a binary.
        #[used]
        static IMAGE: #rw::Aligned<#rw::Noted<#bytes>> = #rw::Aligned(#rw::Noted::new(
            *include_bytes!("routes.img"),
            #digest,
            #package,
            #version,
            option_env!(#variable),
        ));

        /// The compiled baseline.
        pub static TABLE: Table = Table::linked(&IMAGE.0.image, #digest);
    }
}
