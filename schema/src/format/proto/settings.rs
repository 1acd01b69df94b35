//! Messages of settings: fields to settings, messages within to groups.

use std::collections::HashMap;

use prost_reflect::{Cardinality, EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor};

use super::Options;
use super::tree::Tree;
use crate::diagnostic::{Diagnostic, Report};
use crate::draft::DraftSetting;
use crate::format::message::node::{Message, Node};
use crate::format::message::{definition_descriptor, draft};
use crate::source::{Span, Text};
use crate::value::shown;

/// Groups within groups.
const GROUPS_MAX: usize = 16;
/// Fields of a message of settings, those of its groups at each place where they stand.
const FIELDS_MAX: usize = 2 * routewright::limits::SETTINGS_MAX;

/// Makes settings of the fields of one message and the messages within.
pub(super) struct Reader<'p> {
    pub tree: &'p Tree,
    pub options: &'p mut Options,
    pub report: &'p mut Report,
    pub drafts: Vec<DraftSetting>,
    /// Groups and settings so far.
    pub fields: usize,
}

impl Reader<'_> {
    /// The settings of a message, whose names begin with `prefix`.
    pub fn message(&mut self, message: &MessageDescriptor, prefix: &str, within: &mut Vec<String>) {
        if within.iter().any(|m| m == message.full_name()) || within.len() >= GROUPS_MAX {
            let span = self.named(message.parent_file().name(), message.full_name());
            let group = shown(prefix.trim_end_matches('.'));
            let text = match within.len() {
                GROUPS_MAX.. => format!("the group {group} is more than {GROUPS_MAX} groups deep"),
                _ => format!("the group {group} is within itself"),
            };
            let hint = match within.iter().any(|m| m == message.full_name()) {
                true => "a group has settings of its own: delete the field that leads back",
                false => "nest fewer groups",
            };
            self.report
                .push(Diagnostic::error("bad_setting", span, text).hint(hint));
            return;
        }
        within.push(message.full_name().to_owned());
        let mut fields: Vec<FieldDescriptor> = message.fields().collect();
        // As they stand; the descriptor sorts them by number.
        let place = |field: &FieldDescriptor| self.field_span(field);
        fields.sort_by_cached_key(place);
        for field in &fields {
            self.field(field, prefix, within);
        }
        within.pop();
    }

    fn named(&self, file: &str, full_name: &str) -> Span {
        self.tree
            .get(file)
            .map_or(Span::default(), |file| file.named(full_name))
    }

    fn field_span(&self, field: &FieldDescriptor) -> Span {
        self.named(
            field.parent_message().parent_file().name(),
            field.full_name(),
        )
    }

    fn fault(&mut self, field: &FieldDescriptor, message: String, hint: &str) {
        let fault = Diagnostic::error("bad_setting", self.field_span(field), message);
        self.report.push(fault.hint(hint));
    }

    fn field(&mut self, field: &FieldDescriptor, prefix: &str, within: &mut Vec<String>) {
        // A few messages that stand twice in each other are thousands of settings.
        self.fields += 1;
        if self.fields > FIELDS_MAX {
            if self.fields == FIELDS_MAX + 1 {
                let text = format!("there are more than {FIELDS_MAX} settings and groups");
                let fault = Diagnostic::error("limit", self.field_span(field), text);
                self.report
                    .push(fault.hint("each place of a group counts; use it in fewer"));
            }
            return;
        }
        let path = format!("{prefix}{}", field.name());
        let given = self.options.take_setting(field.full_name());
        if field.is_map() || field.containing_oneof().is_some_and(|o| !o.is_synthetic()) {
            let what = if field.is_map() {
                "a map"
            } else {
                "one of several"
            };
            return self.fault(
                field,
                format!("{} is {what}, which no setting can be", shown(&path)),
                "make it a field of its own; a table is a repeated message",
            );
        }
        let group = match field.kind() {
            Kind::Message(inner) if scalar(field).is_none() => Some(inner),
            _ => None,
        };
        match (group, field.cardinality()) {
            (Some(inner), Cardinality::Repeated) => {
                let columns = self.columns(&inner);
                if inner.fields().len() == 0 {
                    return self.fault(
                        field,
                        format!("{} is a table without columns", shown(&path)),
                        "give the message a field for each column",
                    );
                }
                self.setting(field, path, given, Type::Table(columns));
            }
            (Some(inner), _) => {
                if let Some(given) = given {
                    let text = format!("{} is a group, and has no option of its own", shown(&path));
                    let fault = Diagnostic::error("bad_setting", given.span, text);
                    self.report
                        .push(fault.hint("give the options to the fields within the message"));
                }
                self.message(&inner, &format!("{path}."), within);
            }
            (None, _) => match scalar(field) {
                Some(word) => self.setting(field, path, given, Type::Scalar(word)),
                None => {
                    let (text, hint) = no_type(field, &path);
                    self.fault(field, text, &hint);
                }
            },
        }
    }

    /// The columns of a table: names and types, as they stand.
    fn columns(&mut self, row: &MessageDescriptor) -> Vec<Node> {
        let mut fields: Vec<FieldDescriptor> = row.fields().collect();
        let place = |field: &FieldDescriptor| self.field_span(field);
        fields.sort_by_cached_key(place);
        let mut columns = Vec::new();
        for field in &fields {
            let mut given = self.options.take_setting(field.full_name());
            let ty = given.as_mut().and_then(|given| given.text("type"));
            if let Some(extra) = given.as_ref().and_then(|given| given.fields.first()) {
                let text = format!(
                    "a column has a type and nothing else, no `{}`",
                    extra.descriptor.name()
                );
                let fault = Diagnostic::error("bad_setting", extra.span, text);
                self.report
                    .push(fault.hint("delete it; the values of the rows stand at the table"));
            }
            let span = self.field_span(field);
            let word = match (scalar(field), field.is_list()) {
                (Some(word), false) if word != "enum" => word,
                _ => {
                    self.fault(
                        field,
                        format!("{} cannot be a column", shown(field.name())),
                        "a column is a bool, int64, double, string, uint64, Duration or Timestamp",
                    );
                    continue;
                }
            };
            let ty = self.ty(word, span, ty);
            let Some(mut column) = message("Column", span) else {
                continue;
            };
            column.set("name", span, vec![text(field.name(), span)]);
            column.set("type", span, vec![Node::Text(ty)]);
            columns.push(Node::Message(column));
        }
        columns
    }

    /// The type of a field: that of protobuf, or the one that is written and fits it.
    fn ty(&mut self, word: &str, span: Span, written: Option<Text>) -> Text {
        let natural = Text {
            value: word.to_owned(),
            span,
        };
        let Some(written) = written else {
            return natural;
        };
        let fits = match word {
            "float" => ["float", "percent"].contains(&written.value.as_str()),
            // With `values`: names that protobuf has no identifiers for.
            "string" => ["string", "enum"].contains(&written.value.as_str()),
            _ => word == written.value,
        };
        if !fits {
            let message = format!(
                "the field is {} {word}, and cannot be {}",
                if word == "int" || word == "enum" {
                    "an"
                } else {
                    "a"
                },
                shown(&written.value)
            );
            let hint = match written.value.as_str() {
                "percent" => "`percent` is a `double`".to_owned(),
                other => protobuf(other).map_or_else(
                    || "leave `type` out; the field has one".to_owned(),
                    |ty| format!("`{other}` is {ty} in .proto; leave `type` out"),
                ),
            };
            let fault = Diagnostic::error("wrong_type", written.span, message);
            self.report.push(fault.hint(hint));
            // The values are written for the type that was meant; one fault is enough.
            let meant = [
                "percent", "bool", "int", "float", "string", "duration", "size",
            ];
            return match meant.contains(&written.value.as_str()) {
                true => written,
                false => natural,
            };
        }
        written
    }

    fn setting(&mut self, field: &FieldDescriptor, path: String, given: Option<Message>, ty: Type) {
        let span = self.field_span(field);
        let Some(mut node) = given.or_else(|| message("Setting", span)) else {
            return;
        };
        for derived in ["name", "columns"] {
            if let Some(at) = node.given(derived) {
                let text = format!("`{derived}` is not written; the field says it");
                self.report
                    .push(Diagnostic::error("wrong_place", at, text).hint("leave it out"));
            }
        }
        let written = node.text("type");
        match ty {
            Type::Table(columns) => {
                if let Some(written) = written.filter(|w| w.value != "table") {
                    self.ty("table", span, Some(written));
                }
                node.set("columns", span, columns);
                node.set("type", span, vec![text("table", span)]);
            }
            Type::Scalar(word) => {
                let ty = self.ty(word, span, written);
                if let Kind::Enum(inner) = field.kind() {
                    if let Some(at) = node.given("values") {
                        let text = "`values` is not written; the enum has them";
                        let fault = Diagnostic::error("wrong_place", at, text);
                        self.report.push(fault.hint("leave it out"));
                    }
                    self.shorten(&inner, &mut node);
                    let values = self.values(&inner, &node);
                    let values = values.iter().map(|v| text(v, span)).collect();
                    node.set("values", span, values);
                }
                let ty = match field.is_list() {
                    true => Text {
                        value: format!("[{}]", ty.value),
                        ..ty
                    },
                    false => ty,
                };
                node.set("type", ty.span, vec![Node::Text(ty)]);
            }
        }
        node.set("name", span, vec![text(&path, span)]);
        let file = field.parent_message().parent_file();
        let comment = self
            .tree
            .get(file.name())
            .and_then(|file| file.comment(field.full_name()));
        if let Some(comment) = comment.filter(|_| node.given("doc").is_none()) {
            node.set("doc", span, vec![text(comment, span)]);
        }
        self.drafts.push(draft::setting(node, self.report));
    }

    /// Defaults that are written as protobuf names them are told, and understood.
    fn shorten(&mut self, inner: &EnumDescriptor, setting: &mut Message) {
        let default = setting
            .fields
            .iter_mut()
            .filter(|f| f.descriptor.name() == "default");
        for value in default.flat_map(|field| &mut field.values) {
            let Node::Text(text) = value else { continue };
            let word = word(inner, &text.value);
            if word == text.value || inner.get_value_by_name(&text.value).is_none() {
                continue;
            }
            let message = format!("{} is written {} here", shown(&text.value), shown(&word));
            let fault = Diagnostic::error("not_a_value", text.span, message);
            self.report.push(fault.hint(format!(
                "write \"{word}\": values are without the prefix of their enum, in lower case"
            )));
            text.value = word;
        }
    }

    /// The values of an enum as the language knows them: without the type's prefix, in
    /// lower case, and without an `_UNSPECIFIED` zero that is not the default.
    fn values(&mut self, inner: &EnumDescriptor, setting: &Message) -> Vec<String> {
        let default = setting
            .fields
            .iter()
            .find(|f| f.descriptor.name() == "default");
        let used = default.is_some_and(|field| {
            field
                .values
                .iter()
                .any(|v| matches!(v, Node::Text(t) if t.value == "unspecified"))
        });
        // In the order of the text, which is not always that of the numbers.
        let declared = &inner.enum_descriptor_proto().value;
        let unspecified = |name: &str, number| number == 0 && name == "unspecified" && !used;
        let mut seen: HashMap<String, ()> = HashMap::new();
        declared
            .iter()
            .filter_map(|value| {
                let word = word(inner, value.name());
                let first = seen.insert(word.clone(), ()).is_none();
                // Two values that are one in lower case are told as a duplicate.
                (!unspecified(&word, value.number()) || !first).then_some(word)
            })
            .collect()
    }
}

/// A value of an enum as the language writes it.
fn word(inner: &EnumDescriptor, name: &str) -> String {
    use heck::ToShoutySnakeCase;
    let prefix = format!("{}_", inner.name().to_shouty_snake_case());
    let short = name.strip_prefix(&prefix).filter(|s| !s.is_empty());
    short.unwrap_or(name).to_lowercase()
}

enum Type {
    Scalar(&'static str),
    Table(Vec<Node>),
}

fn message(name: &str, span: Span) -> Option<Message> {
    let pool = definition_descriptor().parent_pool().clone();
    let descriptor = pool.get_message_by_name(&format!("routewright.v1.{name}"))?;
    Some(Message::new(descriptor, span))
}

fn text(value: &str, span: Span) -> Node {
    Node::Text(Text {
        value: value.to_owned(),
        span,
    })
}

/// The type of the language that a field has; of its elements, if it is a list.
fn scalar(field: &FieldDescriptor) -> Option<&'static str> {
    Some(match field.kind() {
        Kind::Bool => "bool",
        Kind::Int64 => "int",
        Kind::Double => "float",
        Kind::String => "string",
        Kind::Uint64 => "size",
        Kind::Enum(_) => "enum",
        Kind::Message(inner) => match inner.full_name() {
            "google.protobuf.Duration" => "duration",
            "google.protobuf.Timestamp" => "timestamp",
            _ => return None,
        },
        _ => return None,
    })
}

/// How protobuf spells a type of the language.
fn protobuf(word: &str) -> Option<&'static str> {
    Some(match word {
        "bool" => "`bool`",
        "int" => "`int64`",
        "float" => "`double`",
        "string" => "`string`",
        "size" => "`uint64`",
        "enum" => "an enum",
        "duration" => "`google.protobuf.Duration`",
        "timestamp" => "`google.protobuf.Timestamp`",
        "table" => "a repeated message",
        _ => return None,
    })
}

fn no_type(field: &FieldDescriptor, path: &str) -> (String, String) {
    let kind = field.kind();
    let (found, hint) = match kind {
        Kind::Float => ("float", "write `double`"),
        Kind::Bytes => ("bytes", "write `string`, or `uint64` for a size in bytes"),
        Kind::Uint32 | Kind::Fixed32 | Kind::Fixed64 => (
            "an unsigned integer",
            "write `int64`; `uint64` is a size in bytes",
        ),
        _ => ("another integer", "write `int64`"),
    };
    let message = format!("{} is of a type that no setting has ({found})", shown(path));
    (message, hint.to_owned())
}
