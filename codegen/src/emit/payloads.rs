//! Payloads: the message of each event, by name and as a struct.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::AssertUnwindSafe;

use proc_macro2::{Ident, Span, TokenStream};
use prost_build::Module;
use prost_reflect::prost_types::source_code_info::Location;
use prost_reflect::prost_types::{DescriptorProto, FileDescriptorProto};
use quote::quote;
use routewright_schema::format::proto::Messages;

use super::plain;

/// Numbers of fields in `descriptor.proto`: messages of a file, and of a message.
const FILE_MESSAGE: i32 = 4;
const MESSAGE_NESTED: i32 = 3;

/// `Event::payload_type_name`; nothing if no event has a message, so that code from YAML
/// is as small as it was.
pub(super) fn names(messages: &Messages, spelled: &BTreeMap<&str, Ident>) -> TokenStream {
    let entries = messages.payloads.iter().filter_map(|(event, message)| {
        let ident = spelled.get(event.as_str())?;
        Some(quote!((Event::#ident, #message)))
    });
    let entries: Vec<TokenStream> = entries.collect();
    if entries.is_empty() {
        return TokenStream::new();
    }
    quote! {
        /// Events with a message, and its full name; in the order of `ALL`.
        const PAYLOADS: &'static [(Event, &'static str)] = &[#(#entries),*];

        /// Full name of the message that is the payload, as `prost::Name::full_name` of
        /// its struct gives it.
        pub fn payload_type_name(self) -> Option<&'static str> {
            let at = Self::PAYLOADS.binary_search_by_key(&self, |entry| entry.0).ok()?;
            Some(Self::PAYLOADS[at].1)
        }
    }
}

/// `mod messages`: structs by prost-build, in modules by package. Nothing if no event has
/// a message.
pub(super) fn structs(messages: &Messages) -> Result<TokenStream, String> {
    if messages.payloads.is_empty() {
        return Ok(TokenStream::new());
    }
    let mut requests = Vec::new();
    for file in &messages.files {
        let file = without_settings(file, &messages.settings)?;
        let module = Module::from_protobuf_package_name(file.package());
        requests.push((module, file));
    }
    let mut config = prost_build::Config::new();
    config.enable_type_names();
    // It unwraps where a descriptor is not as protoc makes them.
    let generated = std::panic::catch_unwind(AssertUnwindSafe(|| config.generate(requests)));
    let modules = generated
        .map_err(|_| "prost-build cannot make structs of these messages".to_owned())?
        .map_err(|e| format!("the messages: {e}"))?;
    let mut tree = Tree::default();
    // Sorted, because what prost-build gives is in no order.
    for (module, code) in modules.into_iter().collect::<BTreeMap<_, _>>() {
        let file = syn::parse_file(&code)
            .map_err(|e| format!("prost-build made code that does not parse: {e}"))?;
        let items = file.items;
        tree.at(module.parts()).items.extend(quote!(#(#items)*));
    }
    let tree = tree.tokens();
    Ok(quote! {
        /// The messages of the definitions' `.proto` files, in modules by package.
        #[allow(
            dead_code, missing_docs, non_camel_case_types, non_snake_case, clippy::all,
            rustdoc::all
        )]
        pub mod messages {
            #tree
        }
    })
}

/// Modules within modules.
#[derive(Default)]
struct Tree {
    items: TokenStream,
    modules: BTreeMap<String, Tree>,
}

impl Tree {
    fn at<'p>(&mut self, mut path: impl Iterator<Item = &'p str>) -> &mut Tree {
        let mut tree = self;
        for name in &mut path {
            tree = tree.modules.entry(name.to_owned()).or_default();
        }
        tree
    }

    fn tokens(&self) -> TokenStream {
        let modules = self.modules.iter().map(|(name, tree)| {
            let name = match name.strip_prefix("r#") {
                Some(keyword) => Ident::new_raw(keyword, Span::call_site()),
                None => Ident::new(name, Span::call_site()),
            };
            let tree = tree.tokens();
            quote!(pub mod #name { #tree })
        });
        let items = &self.items;
        quote!(#items #(#modules)*)
    }
}

/// The file without messages of settings and without services, its comments made prose.
fn without_settings(
    file: &FileDescriptorProto,
    settings: &BTreeSet<String>,
) -> Result<FileDescriptorProto, String> {
    let mut file = file.clone();
    let package = file.package().to_owned();
    let mut locations = file.source_code_info.take().unwrap_or_default();
    let mut removal = Removal {
        settings,
        locations: &mut locations.location,
    };
    removal.from(&mut file.message_type, &package, &[FILE_MESSAGE]);
    for message in &file.message_type {
        refers_to_none(message, settings)?;
    }
    file.service.clear();
    locations.location.iter_mut().for_each(prose);
    file.source_code_info = Some(locations);
    Ok(file)
}

/// Takes messages out, and their places, which are positions.
struct Removal<'m> {
    settings: &'m BTreeSet<String>,
    locations: &'m mut Vec<Location>,
}

impl Removal<'_> {
    fn from(&mut self, messages: &mut Vec<DescriptorProto>, scope: &str, path: &[i32]) {
        let mut at = 0;
        while let Some(message) = messages.get_mut(at) {
            let name = match scope {
                "" => message.name().to_owned(),
                _ => format!("{scope}.{}", message.name()),
            };
            if self.settings.contains(&name) {
                messages.remove(at);
                self.forget(path, at as i32);
            } else {
                let inner = [path, &[at as i32, MESSAGE_NESTED]].concat();
                self.from(&mut message.nested_type, &name, &inner);
                at += 1;
            }
        }
    }

    fn forget(&mut self, path: &[i32], gone: i32) {
        self.locations.retain_mut(|location| {
            let beneath = location.path.starts_with(path);
            match location.path.get_mut(path.len()).filter(|_| beneath) {
                Some(at) if *at == gone => false,
                Some(at) if *at > gone => {
                    *at -= 1;
                    true
                }
                _ => true,
            }
        });
    }
}

/// Settings have no struct, so that no payload can hold them.
fn refers_to_none(message: &DescriptorProto, gone: &BTreeSet<String>) -> Result<(), String> {
    for field in &message.field {
        let ty = field.type_name().trim_start_matches('.');
        if gone.contains(ty) || ty.starts_with("routewright.v1.") {
            return Err(format!(
                "the field `{}` of the message `{}` is of the type `{ty}`, which belongs to the \
                 definition; no payload can hold it",
                field.name(),
                message.name()
            ));
        }
    }
    message
        .nested_type
        .iter()
        .try_for_each(|inner| refers_to_none(inner, gone))
}

/// Makes comments prose: what rustdoc would compile and run is none of theirs.
fn prose(location: &mut Location) {
    location.leading_detached_comments.clear();
    let both = [
        &mut location.leading_comments,
        &mut location.trailing_comments,
    ];
    for comment in both.into_iter().flatten() {
        let lines = comment.lines().map(|line| format!(" {}\n", plain(line)));
        *comment = lines.collect();
    }
}
