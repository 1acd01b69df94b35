//! Typed settings: a struct for each group, a method for each setting.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Ident, Literal, TokenStream};
use quote::quote;
use routewright::{Form, Kind, Scalar, Step};
use routewright_schema::analysis::words;
use routewright_schema::lower::scalars;
use routewright_schema::model::{Definition, Setting};

use super::{doc, docs, lenient, note};
use crate::names;

/// Names of the types in `mod setting`: groups and enums by path, rows by path + `.row`.
type Types<'n> = BTreeMap<&'n str, Ident>;

pub(super) fn emit(definition: &Definition, rw: &TokenStream) -> TokenStream {
    let groups: BTreeSet<&str> = definition
        .settings
        .keys()
        .flat_map(|path| ancestors(path))
        .collect();
    let rows: Vec<String> = of_form(definition, Form::Table)
        .map(|(path, _)| format!("{path}.row"))
        .collect();
    let enums: Vec<&str> = definition
        .settings
        .iter()
        .filter(|(_, s)| s.kind == Kind::Enum && s.form != Form::Table)
        .map(|(path, _)| path.as_str())
        .collect();
    let types = names::variants(
        groups
            .iter()
            .copied()
            .chain(rows.iter().map(String::as_str))
            .chain(enums.iter().copied()),
    );

    let root = methods(definition, "", &types, &quote!(setting::), rw);
    let group_items = groups.iter().filter_map(|path| {
        let name = types.get(path)?;
        let methods = methods(definition, path, &types, &TokenStream::new(), rw);
        let about = doc(&format!("The settings of `{path}`."));
        Some(quote! {
            #about
            #[derive(Clone, Copy, Debug)]
            pub struct #name<'a>(pub(super) #rw::Values<'a>);

            impl<'a> #name<'a> {
                #methods
            }
        })
    });
    let enum_items = enums.iter().filter_map(|path| {
        Some(word_enum(
            path,
            types.get(path)?,
            definition.settings.get(*path)?,
        ))
    });
    let row_items =
        of_form(definition, Form::Table)
            .zip(&rows)
            .filter_map(|((path, setting), row)| {
                Some(row_struct(path, types.get(row.as_str())?, setting, rw))
            });
    let lenient = lenient();
    let module = quote! {
        /// Groups, rows and values of settings.
        #lenient
        pub mod setting {
            #(#group_items)*
            #(#enum_items)*
            #(#row_items)*
        }
    };
    let module = if types.is_empty() {
        TokenStream::new()
    } else {
        module
    };
    quote! {
        /// The settings of a table.
        #[allow(dead_code)]
        #[inline]
        pub fn settings(table: &Table) -> Settings<'_> {
            Settings(table.values())
        }

        /// All settings, of one generation.
        #[derive(Clone, Copy, Debug)]
        #[allow(dead_code)]
        pub struct Settings<'a>(#rw::Values<'a>);

        #lenient
        impl<'a> Settings<'a> {
            #root
        }

        #module
    }
}

fn of_form(definition: &Definition, form: Form) -> impl Iterator<Item = (&str, &Setting)> {
    definition
        .settings
        .iter()
        .filter(move |(_, s)| s.form == form)
        .map(|(path, s)| (path.as_str(), s))
}

/// The groups that a setting is in: `a`, `a.b` for `a.b.c`.
fn ancestors(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('.').map(|(at, _)| &path[..at])
}

/// The methods of a group (the root: empty path): its own settings and groups.
/// `module` is how the types of `mod setting` are reached from there.
fn methods(
    definition: &Definition,
    group: &str,
    types: &Types<'_>,
    module: &TokenStream,
    rw: &TokenStream,
) -> TokenStream {
    let mut out = TokenStream::new();
    let mut groups_done = BTreeSet::new();
    for (at, (path, setting)) in definition.settings.iter().enumerate() {
        let inner = match group {
            "" => Some(path.as_str()),
            group => path
                .strip_prefix(group)
                .and_then(|rest| rest.strip_prefix('.')),
        };
        let Some(inner) = inner else { continue };
        match inner.split_once('.') {
            None => out.extend(accessor(at, inner, path, setting, types, module, rw)),
            Some((name, _)) if groups_done.insert(name) => {
                let path = if group.is_empty() {
                    name.to_owned()
                } else {
                    format!("{group}.{name}")
                };
                let (Some(ty), method) = (types.get(path.as_str()), names::method(name)) else {
                    continue;
                };
                let about = doc(&format!("The settings of `{path}`."));
                out.extend(quote! {
                    #about
                    #[inline]
                    pub fn #method(self) -> #module #ty<'a> {
                        #module #ty(self.0)
                    }
                });
            }
            Some(_) => {}
        }
    }
    out
}

fn accessor(
    at: usize,
    name: &str,
    path: &str,
    setting: &Setting,
    types: &Types<'_>,
    module: &TokenStream,
    rw: &TokenStream,
) -> TokenStream {
    let method = names::method(name);
    let about = about(path, setting);
    let index = Literal::usize_unsuffixed(at);
    let word = types.get(path).map(|ty| quote!(#module #ty));
    let (ty, body) = match setting.form {
        Form::One => {
            let (ty, read) = scalar(setting.kind, word.as_ref(), rw);
            let body = read(quote!(self.0), quote!(#index));
            (ty, body)
        }
        Form::List => {
            let (ty, read) = scalar(setting.kind, word.as_ref(), rw);
            let body = read(quote!(list), quote!(at));
            let body = quote! {
                let list = self.0.list(#index);
                (0..list.len()).map(move |at| #body)
            };
            (
                quote!(impl ::core::iter::ExactSizeIterator<Item = #ty> + use<'a>),
                body,
            )
        }
        Form::Table => {
            let Some(row) = types.get(format!("{path}.row").as_str()) else {
                return TokenStream::new();
            };
            let columns = Literal::usize_unsuffixed(setting.columns.len());
            let body = quote!(self.0.rows(#index, #columns).map(#module #row));
            (
                quote!(impl ::core::iter::ExactSizeIterator<Item = #module #row<'a>> + use<'a>),
                body,
            )
        }
    };
    quote! {
        #about
        #[inline]
        pub fn #method(self) -> #ty {
            #body
        }
    }
}

type Read = Box<dyn Fn(TokenStream, TokenStream) -> TokenStream>;

/// The Rust type of a scalar, and how it is read from a place at a position.
fn scalar(kind: Kind, word: Option<&TokenStream>, rw: &TokenStream) -> (TokenStream, Read) {
    let read =
        |method: TokenStream| -> Read { Box::new(move |from, at| quote!(#from.#method(#at))) };
    match kind {
        Kind::Bool => (quote!(bool), read(quote!(bool))),
        Kind::Int => (quote!(i64), read(quote!(int))),
        Kind::Float | Kind::Percent => (quote!(f64), read(quote!(float))),
        Kind::Duration => (quote!(::core::time::Duration), read(quote!(duration))),
        Kind::Size => (quote!(u64), read(quote!(size))),
        Kind::Timestamp => (quote!(#rw::Timestamp), read(quote!(timestamp))),
        Kind::String => (quote!(&'a str), read(quote!(str))),
        Kind::Enum => {
            let word = word.cloned().unwrap_or_default();
            let ty = word.clone();
            (
                ty,
                Box::new(move |from, at| quote!(#word::at(#from.word(#at)))),
            )
        }
    }
}

fn word_enum(path: &str, name: &Ident, setting: &Setting) -> TokenStream {
    let spelled = names::variants(setting.values.iter().map(String::as_str));
    let idents: Vec<_> = setting
        .values
        .iter()
        .filter_map(|word| spelled.get(word.as_str()))
        .collect();
    let variants = setting.values.iter().zip(&idents).map(|(word, ident)| {
        let about = doc(&format!("`{word}`"));
        quote!(#about #ident,)
    });
    let texts = &setting.values;
    // Positions are checked when a table is built or opened; this is for one that was not.
    let first = idents.first();
    let about = doc(&format!("A value of `{path}`."));
    quote! {
        #about
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum #name {
            #(#variants)*
        }

        impl #name {
            /// All of them, in the order of the definition.
            pub const ALL: &'static [#name] = &[#(#name::#idents),*];

            /// The word of the definition.
            pub const fn as_str(self) -> &'static str {
                match self {
                    #(#name::#idents => #texts,)*
                }
            }

            #[inline]
            pub(super) fn at(position: usize) -> #name {
                #name::ALL.get(position).copied().unwrap_or(#name::#first)
            }
        }
    }
}

fn row_struct(path: &str, name: &Ident, setting: &Setting, rw: &TokenStream) -> TokenStream {
    let columns = setting
        .columns
        .iter()
        .enumerate()
        .map(|(at, (column, kind))| {
            let method = names::method(column);
            let at = Literal::usize_unsuffixed(at);
            let (ty, read) = scalar(*kind, None, rw);
            let body = read(quote!(self.0), quote!(#at));
            let about = doc(&format!("The column `{column}`."));
            quote! {
                #about
                #[inline]
                pub fn #method(self) -> #ty {
                    #body
                }
            }
        });
    let about = doc(&format!("A row of `{path}`."));
    quote! {
        #about
        #[derive(Clone, Copy, Debug)]
        pub struct #name<'a>(pub(super) #rw::List<'a>);

        impl<'a> #name<'a> {
            #(#columns)*
        }
    }
}

/// What it is for, and what it may be.
fn about(path: &str, setting: &Setting) -> TokenStream {
    let unit = match (setting.form, setting.kind) {
        (Form::Table, _) => "table".to_owned(),
        (Form::List, kind) => format!("list of {kind}"),
        (Form::One, Kind::Percent) => "percent, as a fraction".to_owned(),
        (Form::One, Kind::Size) => "size in bytes".to_owned(),
        (Form::One, kind) => kind.to_string(),
    };
    let default = words::value(
        setting.form,
        setting.columns.len(),
        scalars(&setting.default).map(Scalar::borrow),
    );
    let mut says = vec![unit, format!("default {default}")];
    says.extend(setting.min.as_ref().map(|min| format!("at least {min}")));
    says.extend(setting.max.as_ref().map(|max| format!("at most {max}")));
    says.extend(setting.max_step.map(|step| match step {
        Step::Factor(factor) => format!("moved at most {factor}x by one push"),
        Step::Difference(difference) => format!("moved at most {difference} by one push"),
    }));
    if setting.cooldown_ns != 0 {
        let cooldown = Scalar::<&str>::Duration(setting.cooldown_ns);
        says.push(format!("moved at most once in {cooldown}"));
    }
    let more = [doc(&setting.doc), note("Owner", &setting.owner)];
    docs(&format!("`{path}`: {}.", says.join(", ")), more)
}
