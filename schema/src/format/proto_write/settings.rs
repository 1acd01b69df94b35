//! Settings as fields of messages: types, groups, tables and enums.

use std::collections::BTreeSet;
use std::iter::{self, Peekable};

use heck::{ToShoutySnakeCase, ToUpperCamelCase};
use prost_reflect::DynamicMessage;

use super::super::message::definition_descriptor;
use super::layout;
use crate::pb;

/// How names of this definition's file are to be written.
pub(super) struct Scope {
    /// Before `google` and `routewright`, if the file has names that hide them.
    dot: &'static str,
    /// Two fields of one message differ in their `_` alone, which proto3 refuses.
    rivals: bool,
}

impl Scope {
    pub fn new(package: &str, settings: &[pb::Setting]) -> Scope {
        let parts = |path: &str| -> Vec<String> { path.split('.').map(str::to_owned).collect() };
        let names = settings.iter().flat_map(|s| {
            let columns = s.columns.iter().map(|c| c.name.clone());
            parts(&s.name).into_iter().chain(columns)
        });
        let hides = |name: &String| name == "google" || name == "routewright";
        let dot = match names.chain(parts(package)).any(|name| hides(&name)) {
            true => ".",
            false => "",
        };
        Scope {
            dot,
            rivals: rivals(settings),
        }
    }

    pub fn syntax(&self) -> &'static str {
        if self.rivals { "proto2" } else { "proto3" }
    }

    /// The full name of one of our options.
    pub fn ours(&self, option: &str) -> String {
        format!("{}routewright.v1.{option}", self.dot)
    }

    /// The message of all settings; nothing if there are none.
    pub fn write(&self, settings: &[pb::Setting]) -> String {
        if settings.is_empty() {
            return String::new();
        }
        let mut out = "\nmessage Settings {\n".to_owned();
        out.push_str(&format!("  option ({}) = true;\n", self.ours("settings")));
        self.group(&mut settings.iter().peekable(), "", 1, &mut out);
        out.push_str("}\n");
        out
    }

    /// The settings below a prefix such as `circuit_breaker.`. They come sorted, and no
    /// character of a name sorts before the dot, so that a group is in one piece.
    fn group<'a>(
        &self,
        settings: &mut Peekable<impl Iterator<Item = &'a pb::Setting>>,
        prefix: &str,
        depth: usize,
        out: &mut String,
    ) {
        let indent = "  ".repeat(depth);
        let mut types = BTreeSet::new();
        let mut number = 0;
        while let Some(setting) = settings.peek().copied() {
            let Some(rest) = setting.name.strip_prefix(prefix) else {
                break;
            };
            number += 1;
            out.push('\n');
            match rest.split_once('.') {
                None => {
                    settings.next();
                    self.setting(setting, rest, number, depth, &mut types, out);
                }
                Some((name, _)) => {
                    let ty = free(name, &mut types);
                    out.push_str(&format!("{indent}message {ty} {{"));
                    self.group(settings, &format!("{prefix}{name}."), depth + 1, out);
                    out.push_str(&format!("{indent}}}\n"));
                    out.push_str(&self.field("", &ty, name, number, depth, &[]));
                }
            }
        }
    }

    fn setting(
        &self,
        setting: &pb::Setting,
        name: &str,
        number: usize,
        depth: usize,
        types: &mut BTreeSet<String>,
        out: &mut String,
    ) {
        let indent = "  ".repeat(depth);
        let mut option = setting.clone();
        option.name.clear();
        option.r#type.clear();
        option.columns.clear();
        let element = setting.r#type.trim_matches(['[', ']']);
        let label = match setting.r#type.starts_with('[') || element == "table" {
            true => "repeated ",
            false => "",
        };
        let ty = match element {
            "table" => {
                let row = free(&format!("{name}_row"), types);
                out.push_str(&format!("{indent}message {row} {{\n"));
                for (at, column) in setting.columns.iter().enumerate() {
                    let (ty, written) = self.scalar(&column.r#type);
                    let written = pb::Setting {
                        r#type: written.to_owned(),
                        ..pb::Setting::default()
                    };
                    let options = self.option(&written);
                    out.push_str(&self.field("", &ty, &column.name, at + 1, depth + 1, &options));
                }
                out.push_str(&format!("{indent}}}\n"));
                row
            }
            "enum" if identifiers(setting) => {
                option.values.clear();
                let ty = free(name, types);
                out.push_str(&format!("{indent}enum {ty} {{\n"));
                // Linters want a zero that stands for nothing; reading leaves it out.
                let values = setting.values.iter().map(|value| value.to_uppercase());
                for (at, value) in iter::once("UNSPECIFIED".to_owned())
                    .chain(values)
                    .enumerate()
                {
                    let prefix = ty.to_shouty_snake_case();
                    out.push_str(&format!("{indent}  {prefix}_{value} = {at};\n"));
                }
                out.push_str(&format!("{indent}}}\n"));
                ty
            }
            "enum" => {
                option.r#type = "enum".to_owned();
                "string".to_owned()
            }
            other => {
                let (ty, written) = self.scalar(other);
                option.r#type = written.to_owned();
                ty
            }
        };
        let options = self.option(&option);
        out.push_str(&self.field(label, &ty, name, number, depth, &options));
    }

    /// A field, with its option if that says anything.
    fn field(
        &self,
        label: &str,
        ty: &str,
        name: &str,
        number: usize,
        depth: usize,
        option: &[layout::Entry],
    ) -> String {
        let label = match (label, self.rivals) {
            ("", true) => "optional ",
            (label, _) => label,
        };
        let head = format!("{}{label}{ty} {name} = {number}", "  ".repeat(depth));
        let mut parts = Vec::new();
        if self.rivals {
            parts.push(format!("json_name = \"{name}\""));
        }
        if !option.is_empty() {
            let name = format!("({}) = ", self.ours("setting"));
            let before = head.len() + name.len() + 2;
            parts.push(format!("{name}{}", layout::value(option, before, depth)));
        }
        match parts.is_empty() {
            true => format!("{head};\n"),
            false => format!("{head} [{}];\n", parts.join(", ")),
        }
    }

    fn option(&self, setting: &pb::Setting) -> Vec<layout::Entry> {
        let pool = definition_descriptor().parent_pool().clone();
        let descriptor = pool
            .get_message_by_name("routewright.v1.Setting")
            .expect("Setting is among the descriptors");
        let mut message = DynamicMessage::new(descriptor);
        message
            .transcode_from(setting)
            .expect("the descriptors are those of the messages");
        super::entries(&message)
    }

    /// protobuf's type of a scalar, and what has to be written beside it.
    fn scalar(&self, word: &str) -> (String, &'static str) {
        let dot = self.dot;
        match word {
            "bool" => ("bool".to_owned(), ""),
            "int" => ("int64".to_owned(), ""),
            "float" => ("double".to_owned(), ""),
            "percent" => ("double".to_owned(), "percent"),
            "size" => ("uint64".to_owned(), ""),
            "duration" => (format!("{dot}google.protobuf.Duration"), ""),
            "timestamp" => (format!("{dot}google.protobuf.Timestamp"), ""),
            _ => ("string".to_owned(), ""),
        }
    }
}

/// A name of a type in camel case that is free in its message.
fn free(name: &str, types: &mut BTreeSet<String>) -> String {
    let stem = name.to_upper_camel_case();
    let mut free = stem.clone();
    let mut next = 2;
    while !types.insert(free.clone()) {
        free = format!("{stem}{next}");
        next += 1;
    }
    free
}

/// Whether an enum of protobuf can hold the values, and reading gives them back.
fn identifiers(setting: &pb::Setting) -> bool {
    let identifier = |value: &String| {
        value
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    };
    // That is the zero which stands for nothing.
    let taken = setting.values.iter().any(|value| value == "unspecified");
    !taken && setting.values.iter().all(identifier)
}

/// Whether two fields of one message would differ in their `_` alone.
fn rivals(settings: &[pb::Setting]) -> bool {
    let mut seen: BTreeSet<(String, String)> = BTreeSet::new();
    let mut names: BTreeSet<(String, String)> = BTreeSet::new();
    let folded = |name: &str| name.replace('_', "");
    let mut field = |parent: &str, name: &str| {
        // The group of several settings is one field.
        names.insert((parent.to_owned(), name.to_owned()))
            && !seen.insert((parent.to_owned(), folded(name)))
    };
    let mut found = false;
    for setting in settings {
        let path = &setting.name;
        let ends = path
            .match_indices('.')
            .map(|(at, _)| at)
            .chain([path.len()]);
        for end in ends {
            let (parent, name) = path[..end].rsplit_once('.').unwrap_or(("", &path[..end]));
            found |= field(parent, name);
        }
        for column in &setting.columns {
            found |= field(&format!("{path} "), &column.name);
        }
    }
    found
}
