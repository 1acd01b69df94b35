//! The enum of consumers: the seam at which a service delivers.

use proc_macro2::TokenStream;
use quote::quote;
use routewright_schema::model::{Consumer, ConsumerKind, Definition};

use super::{doc, docs, lenient, note};
use crate::names;

pub(super) fn emit(definition: &Definition, rw: &TokenStream) -> TokenStream {
    let spelled = names::variants(definition.consumers.keys().map(String::as_str));
    let all: Vec<_> = definition
        .consumers
        .iter()
        .filter_map(|(name, consumer)| Some((name.as_str(), consumer, spelled.get(name.as_str())?)))
        .collect();
    let idents: Vec<_> = all.iter().map(|(_, _, ident)| *ident).collect();
    let variants = all.iter().map(|(name, consumer, ident)| {
        let docs = about(name, consumer);
        quote!(#docs #ident,)
    });
    let answer = |text: &dyn Fn(&str, &Consumer) -> String| {
        let arms = all.iter().map(|(name, consumer, ident)| {
            let text = text(name, consumer);
            quote!(Consumer::#ident => #text,)
        });
        quote!(match self { #(#arms)* })
    };
    let as_str = answer(&|name, _| name.to_owned());
    let kind = answer(&|_, consumer| consumer.kind.as_str().to_owned());
    let address = answer(&|_, consumer| consumer.address.clone());
    let lenient = lenient();
    let contested = names::contested("Consumer", &spelled);
    quote! {
        /// Where events can go. A `match` over it is exhaustive on purpose: a new consumer
        /// does not compile until it is delivered to.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #lenient
        pub enum Consumer {
            #(#variants)*
        }

        #[allow(dead_code)]
        impl Consumer {
            /// All of them, in order.
            pub const ALL: &'static [Consumer] = &[#(Consumer::#idents),*];

            #contested

            /// The name in the definition.
            pub const fn as_str(self) -> &'static str {
                #as_str
            }

            /// How it is reached: `kafka`, `grpc`, `local`, ...
            pub const fn kind(self) -> &'static str {
                #kind
            }

            /// Where it is by default; the host may know better.
            pub const fn address(self) -> &'static str {
                #address
            }
        }

        impl ::core::str::FromStr for Consumer {
            type Err = #rw::UnknownName;

            fn from_str(name: &str) -> Result<Self, Self::Err> {
                Consumer::ALL.iter().copied().find(|c| c.as_str() == name).ok_or(#rw::UnknownName)
            }
        }

        impl ::core::fmt::Display for Consumer {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl ::core::fmt::Debug for Consumer {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    }
}

fn about(name: &str, consumer: &Consumer) -> TokenStream {
    let place = match consumer.kind {
        ConsumerKind::Local => "in this process".to_owned(),
        kind => format!("{} `{}`", kind.as_str(), consumer.address),
    };
    let more = [doc(&consumer.doc), note("Owner", &consumer.owner)];
    docs(&format!("`{name}`: {place}"), more)
}
