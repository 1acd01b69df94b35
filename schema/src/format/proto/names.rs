//! Names of types made absolute.
//!
//! A name is looked up from the inside out, and the first package or message that its
//! first part fits decides. `protoc` looks at what a file imports; a pool of descriptors
//! knows the packages of all files, so that `common.v1.X` in `a.b` is hidden by a package
//! `a.common` of a stranger. Here the first scope counts that has the whole name.

use std::collections::HashSet;

use prost_reflect::DescriptorPool;
use prost_reflect::prost_types::{
    DescriptorProto, FieldDescriptorProto, FileDescriptorProto, UninterpretedOption,
};

/// The file with names that `pool`, which holds what it imports, or the file itself has.
pub(super) fn absolute(file: &FileDescriptorProto, pool: &DescriptorPool) -> FileDescriptorProto {
    let mut file = file.clone();
    let package = file.package().to_owned();
    let mut own = HashSet::new();
    declared(&file.message_type, &package, &mut own);
    own.extend(file.enum_type.iter().map(|e| join(&package, e.name())));
    let names = Names { pool, own };
    for message in &mut file.message_type {
        names.message(message, &package);
    }
    for field in &mut file.extension {
        names.field(field, &package);
    }
    for method in file.service.iter_mut().flat_map(|s| &mut s.method) {
        names.ty(&mut method.input_type, &package);
        names.ty(&mut method.output_type, &package);
        let options = method.options.as_mut();
        names.options(options.map(|o| &mut o.uninterpreted_option), &package);
    }
    let options = file.options.as_mut();
    names.options(options.map(|o| &mut o.uninterpreted_option), &package);
    file
}

fn join(scope: &str, name: &str) -> String {
    match scope {
        "" => name.to_owned(),
        _ => format!("{scope}.{name}"),
    }
}

fn declared(messages: &[DescriptorProto], scope: &str, own: &mut HashSet<String>) {
    for message in messages {
        let name = join(scope, message.name());
        own.extend(message.enum_type.iter().map(|e| join(&name, e.name())));
        declared(&message.nested_type, &name, own);
        own.insert(name);
    }
}

struct Names<'p> {
    pool: &'p DescriptorPool,
    /// Messages and enums of the file.
    own: HashSet<String>,
}

impl Names<'_> {
    fn message(&self, message: &mut DescriptorProto, scope: &str) {
        let name = join(scope, message.name());
        for field in message.field.iter_mut().chain(&mut message.extension) {
            self.field(field, &name);
        }
        for inner in &mut message.nested_type {
            self.message(inner, &name);
        }
        let options = message.options.as_mut();
        self.options(options.map(|o| &mut o.uninterpreted_option), &name);
    }

    fn field(&self, field: &mut FieldDescriptorProto, scope: &str) {
        self.ty(&mut field.type_name, scope);
        self.ty(&mut field.extendee, scope);
        let options = field.options.as_mut();
        self.options(options.map(|o| &mut o.uninterpreted_option), scope);
    }

    fn ty(&self, name: &mut Option<String>, scope: &str) {
        let known = |full: &str| {
            self.own.contains(full)
                || self.pool.get_message_by_name(full).is_some()
                || self.pool.get_enum_by_name(full).is_some()
        };
        if let Some(name) = name {
            resolve(name, scope, known);
        }
    }

    fn options(&self, options: Option<&mut Vec<UninterpretedOption>>, scope: &str) {
        let known = |full: &str| self.pool.get_extension_by_name(full).is_some();
        for part in options.into_iter().flatten().flat_map(|o| &mut o.name) {
            if part.is_extension {
                resolve(&mut part.name_part, scope, known);
            }
        }
    }
}

/// Makes a name absolute, if a scope from the inside out has it.
fn resolve(name: &mut String, scope: &str, known: impl Fn(&str) -> bool) {
    if name.starts_with('.') {
        return;
    }
    let mut scope = Some(scope);
    while let Some(within) = scope {
        let full = join(within, name);
        if known(&full) {
            *name = format!(".{full}");
            return;
        }
        scope = match within.rsplit_once('.') {
            Some((outer, _)) => Some(outer),
            None if within.is_empty() => None,
            None => Some(""),
        };
    }
}
