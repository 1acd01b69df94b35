//! The enum of events. Each says in its doc where it goes, so that the diff of the
//! generated text is a diff of routes.

use proc_macro2::TokenStream;
use quote::quote;
use routewright::{Image, Origin, RouteTable};
use routewright_schema::analysis::words;
use routewright_schema::format::proto::Messages;
use routewright_schema::model::Definition;

use super::{doc, docs, lenient, note, payloads};
use crate::names;

pub(super) fn emit(
    definition: &Definition,
    table: &RouteTable<Image>,
    messages: &Messages,
    rw: &TokenStream,
) -> TokenStream {
    let spelled = names::variants(definition.events.iter().map(String::as_str));
    let idents: Vec<_> = definition
        .events
        .iter()
        .filter_map(|name| spelled.get(name.as_str()))
        .collect();
    let variants = definition
        .events
        .iter()
        .zip(&idents)
        .enumerate()
        .map(|(at, (name, ident))| {
            let docs = about(definition, table, messages, at, name);
            quote!(#docs #ident,)
        });
    let (repr, as_str) = match idents.is_empty() {
        true => (TokenStream::new(), quote!(match self {})),
        false => (
            quote!(#[repr(u32)]),
            quote!(
                TABLE
                    .raw()
                    .at(self as usize)
                    .map_or("", |route| route.name())
            ),
        ),
    };
    let lenient = lenient();
    let contested = names::contested("Event", &spelled);
    let payload_type_name = payloads::names(messages, &spelled);
    quote! {
        /// The declared events. `as usize` is the position in every table.
        #repr
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #lenient
        pub enum Event {
            #(#variants)*
        }

        #[allow(dead_code)]
        impl Event {
            /// All of them, in order.
            pub const ALL: &'static [Event] = &[#(Event::#idents),*];

            #contested

            #payload_type_name

            /// The name, as it arrives.
            pub fn as_str(self) -> &'static str {
                #as_str
            }
        }

        impl ::core::str::FromStr for Event {
            type Err = #rw::UnknownName;

            fn from_str(name: &str) -> Result<Self, Self::Err> {
                TABLE.find(name).and_then(|route| route.event()).ok_or(#rw::UnknownName)
            }
        }

        impl ::core::fmt::Display for Event {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl ::core::fmt::Debug for Event {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    }
}

fn about(
    definition: &Definition,
    table: &RouteTable<Image>,
    messages: &Messages,
    at: usize,
    name: &str,
) -> TokenStream {
    let answer = table.at(at).map_or(String::new(), |route| {
        let by = match route.origin() {
            Origin::Pattern => format!(", by `{}`", route.via().unwrap_or_default()),
            Origin::Fallback => ", by the fallback".to_owned(),
            Origin::Own | Origin::Nothing => String::new(),
        };
        format!("{}{by}", words::route(&route))
    });
    let [about, owner, deprecated] =
        definition
            .routes
            .get(name)
            .map_or_else(Default::default, |route| {
                [
                    doc(&route.doc),
                    note("Owner", &route.owner),
                    note("Deprecated", &route.deprecated),
                ]
            });
    let payload = messages.payloads.get(name);
    let payload = payload.map_or_else(TokenStream::new, |message| {
        doc(&format!("Payload: `{message}`"))
    });
    docs(
        &format!("`{name}` -> {answer}"),
        [payload, about, owner, deprecated],
    )
}
