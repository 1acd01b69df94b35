//! How text format is laid out and quoted.

/// Characters of a line, beyond which a message becomes a block.
const LINE_CHARS_MAX: usize = 110;

/// A field with its value.
pub(super) enum Entry {
    Scalar(String, String),
    List(String, Vec<String>),
    Message(String, Vec<Entry>),
}

/// A text in double quotes. What cannot be seen is written as an escape.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if routewright::name::printable(c) => out.push(c),
            // One form for every character that older readers know as well: its bytes.
            c => {
                for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                    out.push_str(&format!("\\{byte:03o}"));
                }
            }
        }
    }
    out.push('"');
    out
}

/// Writes entries, each on lines of its own.
pub(super) fn block(out: &mut String, entries: &[Entry], depth: usize) {
    for entry in entries {
        let indent = "  ".repeat(depth);
        let line = flow(entry);
        if indent.len() + line.chars().count() <= LINE_CHARS_MAX {
            out.push_str(&format!("{indent}{line}\n"));
            continue;
        }
        match entry {
            Entry::Scalar(..) => out.push_str(&format!("{indent}{line}\n")),
            Entry::List(name, values) => {
                out.push_str(&format!("{indent}{name}: [\n"));
                let last = values.len().saturating_sub(1);
                for (at, value) in values.iter().enumerate() {
                    let comma = if at == last { "" } else { "," };
                    out.push_str(&format!("{indent}  {value}{comma}\n"));
                }
                out.push_str(&format!("{indent}]\n"));
            }
            Entry::Message(name, inner) => {
                out.push_str(&format!("{indent}{name} {{\n"));
                block(out, inner, depth + 1);
                out.push_str(&format!("{indent}}}\n"));
            }
        }
    }
}

/// Entries on one line.
pub(super) fn line(entries: &[Entry]) -> String {
    let parts: Vec<String> = entries.iter().map(flow).collect();
    match parts.is_empty() {
        true => "{}".to_owned(),
        false => format!("{{ {} }}", parts.join(" ")),
    }
}

fn flow(entry: &Entry) -> String {
    match entry {
        Entry::Scalar(name, value) => format!("{name}: {value}"),
        Entry::List(name, values) => format!("{name}: [{}]", values.join(", ")),
        Entry::Message(name, inner) => format!("{name} {}", line(inner)),
    }
}

/// The value of an option: on the line that has so many characters already, if it fits.
pub(super) fn value(entries: &[Entry], before: usize, depth: usize) -> String {
    let line = line(entries);
    if before + line.chars().count() <= LINE_CHARS_MAX {
        return line;
    }
    let mut out = "{\n".to_owned();
    block(&mut out, entries, depth + 1);
    out.push_str(&"  ".repeat(depth));
    out.push('}');
    out
}
