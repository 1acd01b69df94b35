//! How YAML is laid out and quoted.

/// Characters of a line, beyond which flow style becomes a block.
const LINE_CHARS_MAX: usize = 120;

/// YAML before it is laid out. Leaves and keys are already quoted.
pub(super) enum Tree {
    Leaf(String),
    List(Vec<Tree>),
    Map(Map),
    /// Never in flow style, however short.
    Block(Box<Tree>),
}

/// Entries in the order in which they are written.
#[derive(Default)]
pub(super) struct Map(pub Vec<(String, Tree)>);

impl Map {
    pub fn put(&mut self, key: &str, value: Tree) {
        self.0.push((key.to_owned(), value));
    }

    /// Texts for people, left out when empty.
    pub fn note(&mut self, key: &str, text: &str) {
        if !text.is_empty() {
            self.put(key, leaf(text));
        }
    }

    pub fn list(&mut self, key: &str, elements: impl Iterator<Item = Tree>) {
        let elements: Vec<Tree> = elements.collect();
        if !elements.is_empty() {
            self.put(key, Tree::List(elements));
        }
    }

    /// A list with an element a line.
    pub fn long(&mut self, key: &str, elements: impl Iterator<Item = Tree>) {
        let elements: Vec<Tree> = elements.collect();
        if !elements.is_empty() {
            self.put(key, Tree::Block(Box::new(Tree::List(elements))));
        }
    }

    /// A map with an entry a line.
    pub fn block(&mut self, key: &str, entries: impl IntoIterator<Item = (String, Tree)>) {
        let entries: Vec<_> = entries.into_iter().collect();
        if !entries.is_empty() {
            self.put(key, Tree::Block(Box::new(Tree::Map(Map(entries)))));
        }
    }

    pub fn flow(self) -> Tree {
        Tree::Map(self)
    }

    /// The whole file, an entry after the other.
    pub fn lay_out(&self) -> String {
        let mut out = String::new();
        for (key, tree) in &self.0 {
            entry(&mut out, key, tree, 0);
        }
        out
    }
}

pub(super) fn leaf(text: &str) -> Tree {
    Tree::Leaf(quoted(text))
}

/// Writes `key: tree` at an indentation.
fn entry(out: &mut String, key: &str, tree: &Tree, indent: usize) {
    out.extend(std::iter::repeat_n(' ', indent));
    out.push_str(key);
    out.push(':');
    after(out, tree, indent + key.chars().count() + 1, indent + 2);
}

/// Writes what stands after `key:` or `-`, at a column of the line: beside it if it
/// fits, else below, indented.
fn after(out: &mut String, tree: &Tree, column: usize, indent: usize) {
    let line = flow(tree);
    if let Some(line) = line.filter(|line| {
        matches!(tree, Tree::Leaf(_)) || column + 1 + line.chars().count() <= LINE_CHARS_MAX
    }) {
        out.push(' ');
        out.push_str(&line);
        out.push('\n');
        return;
    }
    out.push('\n');
    match tree {
        Tree::Block(inner) => block(out, inner, indent),
        other => block(out, other, indent),
    }
}

fn block(out: &mut String, tree: &Tree, indent: usize) {
    match tree {
        Tree::Map(map) => {
            for (key, value) in &map.0 {
                entry(out, key, value, indent);
            }
        }
        Tree::List(list) => {
            for element in list {
                out.extend(std::iter::repeat_n(' ', indent));
                out.push('-');
                after(out, element, indent + 1, indent + 2);
            }
        }
        Tree::Block(inner) => block(out, inner, indent),
        Tree::Leaf(leaf) => {
            out.extend(std::iter::repeat_n(' ', indent));
            out.push_str(leaf);
            out.push('\n');
        }
    }
}

/// The tree on one line; `None`: it holds something that is never on one.
fn flow(tree: &Tree) -> Option<String> {
    Some(match tree {
        Tree::Leaf(leaf) => leaf.clone(),
        Tree::List(list) => {
            let elements: Vec<String> = list.iter().map(flow).collect::<Option<_>>()?;
            format!("[{}]", elements.join(", "))
        }
        Tree::Map(map) if map.0.is_empty() => "{}".to_owned(),
        Tree::Map(map) => {
            let entries = map
                .0
                .iter()
                .map(|(key, value)| Some(format!("{key}: {}", flow(value)?)));
            format!("{{ {} }}", entries.collect::<Option<Vec<_>>>()?.join(", "))
        }
        Tree::Block(_) => return None,
    })
}

/// A text as YAML: as it is where every reader takes it for that text, else in double
/// quotes.
pub(crate) fn quoted(text: &str) -> String {
    if is_plain(text) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if routewright::name::printable(c) => out.push(c),
            c if u32::from(c) <= 0xFFFF => out.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => out.push_str(&format!("\\U{:08X}", u32::from(c))),
        }
    }
    out.push('"');
    out
}

fn is_plain(text: &str) -> bool {
    // What YAML 1.1 or 1.2 reads as null or bool. (`.nan` and numbers: below.)
    const WORDS: [&str; 10] = [
        "~", "null", "true", "false", "yes", "no", "on", "off", "y", "n",
    ];
    let good = |c: char| {
        c.is_alphanumeric()
            || matches!(
                c,
                '_' | '.' | '/' | '-' | '+' | '*' | '$' | '(' | ')' | ';' | '~' | '^'
            )
    };
    let Some(first) = text.chars().next() else {
        return false;
    };
    text.chars()
        .all(|c| good(c) && routewright::name::printable(c))
        && (first.is_alphabetic()
            || matches!(first, '_' | '/' | '$' | '(' | '^')
            || is_no_number(text, first))
        && !WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// Whether a text that begins with a digit can be no number, date or time.
fn is_no_number(text: &str, first: char) -> bool {
    first.is_ascii_digit()
        && text
            .chars()
            .any(|c| c.is_ascii_alphabetic() && !"abcdefxtzABCDEFXTZo".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoting() {
        for plain in [
            "treasure.item.found",
            "player.*",
            "map.**",
            "loot.v2",
            "a-b",
            "/run/x.sock",
            "ø",
            "3rd.person",
            "nope",
        ] {
            assert_eq!(quoted(plain), plain);
        }
        for (text, yaml) in [
            ("", r#""""#),
            ("*.x", r#""*.x""#),
            ("**", r#""**""#),
            ("http://audit:50051", r#""http://audit:50051""#),
            ("a b", r#""a b""#),
            ("#x", r##""#x""##),
            ("yes", r#""yes""#),
            ("No", r#""No""#),
            ("null", r#""null""#),
            ("~", r#""~""#),
            ("0400", r#""0400""#),
            ("1e3", r#""1e3""#),
            ("0x1F", r#""0x1F""#),
            ("0o17", r#""0o17""#),
            ("1_0", r#""1_0""#),
            ("-1", r#""-1""#),
            (".inf", r#"".inf""#),
            ("2027-01-31", r#""2027-01-31""#),
            ("a: b", r#""a: b""#),
            ("[a]", r#""[a]""#),
            ("${HOST}", r#""${HOST}""#),
            ("- a", r#""- a""#),
            ("---", r#""---""#),
            ("<<", r#""<<""#),
            (
                "say \"hi\" \\ \n\t\u{1}\u{202E}",
                r#""say \"hi\" \\ \n\t\u0001\u202E""#,
            ),
            ("\u{E0001}", r#""\U000E0001""#),
        ] {
            assert_eq!(quoted(text), yaml);
        }
    }
}
