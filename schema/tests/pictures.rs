//! What `graph` and `docs` write of any definition: nothing is lost, and whatever the names
//! and notes hold, other programs read it as text.

use std::collections::BTreeSet;

use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use routewright::Limits;
use routewright_schema::analysis::docs::docs;
use routewright_schema::analysis::graph::{self, Map, Room, View};
use routewright_schema::arbitrary::{definition, edits};
use routewright_schema::format::yaml_write;
use routewright_schema::load::{Loaded, load_text};
use routewright_schema::lower::lower;
use routewright_schema::model::Definition;

type Table = routewright::RouteTable<routewright::Image>;

fn compile(text: &str) -> (Loaded, Table) {
    let loaded = load_text("a.yaml", text)
        .unwrap_or_else(|(sources, report)| panic!("{}", report.render(&sources, false)));
    let table = lower(&loaded.definition, &Limits::DEFAULT).unwrap();
    (loaded, table)
}

/// A random definition may hold a pattern that can never win.
fn compiles(definition: &Definition) -> bool {
    lower(definition, &Limits::DEFAULT).is_ok()
}

fn map(loaded: &Loaded, table: &Table) -> Map {
    let mut map = Map::of(table);
    map.note(loaded);
    map.note_disabled(loaded);
    map
}

/// The texts of a picture, and the first lines of its tips: names in full.
fn texts(svg: &str) -> (BTreeSet<String>, BTreeSet<String>) {
    let document = roxmltree::Document::parse(svg).unwrap_or_else(|e| panic!("{e}: {svg}"));
    let known = [
        "svg", "title", "style", "rect", "text", "g", "path", "circle",
    ];
    let (mut texts, mut tips) = (BTreeSet::new(), BTreeSet::new());
    for node in document.descendants().filter(|n| n.is_element()) {
        let tag = node.tag_name().name();
        assert!(known.contains(&tag), "{tag}");
        let attributes = [
            "xmlns",
            "width",
            "height",
            "viewBox",
            "role",
            "class",
            "x",
            "y",
            "rx",
            "cx",
            "cy",
            "r",
            "d",
            "style",
            "stroke-width",
        ];
        for attribute in node.attributes() {
            assert!(attributes.contains(&attribute.name()), "{attribute:?}");
        }
        let text = node.text().unwrap_or_default();
        match tag {
            "text" => texts.insert(text.to_owned()),
            "title" => tips.insert(text.lines().next().unwrap_or_default().to_owned()),
            _ => false,
        };
    }
    (texts, tips)
}

/// Every route, declared event and consumer has a tip that begins with its name.
fn picture_has_all(definition: &Definition, map: &Map) {
    let (_, tips) = texts(&graph::svg(&View::new(map, "title", Room::ALL)));
    let names = definition.routes.keys().chain(&definition.events);
    for name in names.chain(definition.consumers.keys()) {
        assert!(tips.contains(name), "{name}: {tips:?}");
    }
}

/// A page of Markdown as another program reads it.
#[derive(Default)]
struct Page {
    /// What is in the type of code.
    codes: BTreeSet<String>,
    /// Places, and links to places.
    ids: Vec<String>,
    links: BTreeSet<String>,
    text: String,
}

impl Page {
    fn read(markdown: &str) -> Page {
        let mut page = Page::default();
        let mut open: Option<String> = None;
        for event in Parser::new_ext(
            markdown,
            Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH,
        ) {
            match event {
                Event::Code(code) => {
                    page.text.push_str(&code);
                    page.codes.insert(code.into_string());
                }
                Event::Text(text) => {
                    page.text.push_str(&text);
                    if let Some(code) = &mut open {
                        code.push_str(&text);
                    }
                }
                Event::InlineHtml(html) => match &*html {
                    "<code>" => open = Some(String::new()),
                    "</code>" => page.codes.extend(open.take()),
                    "</a>" | "<br>" => page.text.push('\n'),
                    html => {
                        let id = html
                            .strip_prefix("<a id=\"")
                            .and_then(|h| h.strip_suffix("\">"));
                        page.ids
                            .push(id.unwrap_or_else(|| panic!("{html}")).to_owned());
                    }
                },
                Event::Html(html) => assert!(html.starts_with("<!-- Written by "), "{html}"),
                Event::Start(Tag::Link { dest_url, .. }) => {
                    let place = dest_url
                        .strip_prefix('#')
                        .unwrap_or_else(|| panic!("{dest_url}"));
                    page.links.insert(place.to_owned());
                }
                Event::End(TagEnd::TableCell | TagEnd::Paragraph) => page.text.push('\n'),
                Event::Start(Tag::CodeBlock(_) | Tag::Image { .. } | Tag::BlockQuote(_))
                | Event::Rule => {
                    panic!("{event:?} in {markdown}")
                }
                _ => {}
            }
        }
        page
    }
}

/// Every name, value and note stands on the page, and every link leads to one place of it.
fn page_has_all(loaded: &Loaded, table: &Table) {
    let definition = &loaded.definition;
    let written = docs(loaded, table);
    let page = Page::read(&written);
    let unique: BTreeSet<&String> = page.ids.iter().collect();
    assert_eq!(unique.len(), page.ids.len(), "places twice: {:?}", page.ids);
    for link in &page.links {
        assert!(unique.contains(link), "{link} leads nowhere\n{written}");
    }
    let names = definition.routes.keys().chain(&definition.events);
    let names = names.chain(definition.consumers.keys());
    for name in names
        .chain(definition.settings.keys())
        .chain(&definition.rules)
    {
        assert!(page.codes.contains(name), "{name}\n{written}");
    }
    let consumers = definition.consumers.values();
    let notes = consumers.flat_map(|c| [&c.doc, &c.owner]);
    let routes = definition.routes.values();
    let notes = notes.chain(routes.flat_map(|r| [&r.doc, &r.owner, &r.deprecated, &r.expires]));
    let settings = definition.settings.values();
    for note in notes.chain(settings.flat_map(|s| [&s.doc, &s.owner, &s.expires])) {
        for line in note
            .trim()
            .lines()
            .filter(|line| line.trim().chars().all(|c| !c.is_control()))
        {
            assert!(page.text.contains(line.trim()), "{line:?}\n{written}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_lost(definition in definition()) {
        prop_assume!(compiles(&definition));
        let (loaded, table) = compile(&yaml_write::write(&definition));
        let map = map(&loaded, &table);
        picture_has_all(&definition, &map);
        page_has_all(&loaded, &table);
    }

    /// The same definitions give the same texts, and a definition against itself no change.
    #[test]
    fn the_same_is_the_same((old, new) in edits()) {
        prop_assume!(compiles(&old) && compiles(&new));
        let (old, new) = (yaml_write::write(&old), yaml_write::write(&new));
        let draw = || {
            let ((_, old), (_, new)) = (compile(&old), compile(&new));
            graph::svg(&View::new(&Map::between(&old, &new), "title", Room::default()))
        };
        prop_assert_eq!(draw(), draw());
        let (_, table) = compile(&old);
        let none = Map::between(&table, &table);
        prop_assert!(none.sources.iter().all(|s| s.change == graph::Change::Same));
        prop_assert!(none.sources.iter().flat_map(|s| &s.links).all(|l| l.change == graph::Change::Same));
    }
}

/// Names, addresses and notes that try to be something else in one of the languages.
const HOSTILE: &str = include_str!("pictures/hostile.yaml");

#[test]
fn hostile_names_stay_names() {
    let (loaded, table) = compile(HOSTILE);
    let map = map(&loaded, &table);
    picture_has_all(&loaded.definition, &map);
    page_has_all(&loaded, &table);
    let view = View::new(&map, "<title> & \"more\"", Room::ALL);
    let (shown, _) = texts(&graph::svg(&view));
    for name in loaded
        .definition
        .routes
        .keys()
        .chain(["<title> & \"more\"".to_owned()].iter())
    {
        assert!(shown.contains(name), "{name}: {shown:?}");
    }
    let (mermaid, _) = graph::mermaid(&map, "end", Room::ALL);
    flowchart(&mermaid);
    digraph(&graph::dot(&view));
    let spelled = graph::json(&map, "t").to_string();
    assert!(!spelled.contains('\u{1b}'));
}

/// Each line of a flowchart is one of a few forms, and what is in quotes cannot end them.
fn flowchart(mermaid: &str) {
    let body = mermaid.split_once("flowchart LR\n").unwrap().1;
    for line in body.lines() {
        let mut outside = String::new();
        for (at, part) in line.split('"').enumerate() {
            if at % 2 == 0 {
                outside.push_str(part);
                continue;
            }
            let rest = part.replace("<br/>", "");
            let plain = |c: char| c.is_alphanumeric() || !c.is_ascii() || " .,-/:();#".contains(c);
            assert!(rest.chars().all(plain), "{part}");
        }
        assert_eq!(line.matches('"').count() % 2, 0, "{line}");
        let word = outside.split_whitespace().next().unwrap();
        let known = [
            "accTitle:",
            "subgraph",
            "end",
            "classDef",
            "class",
            "linkStyle",
        ];
        let id = word.split(['[', '(']).next().unwrap();
        let id = id
            .strip_prefix(['e', 'c'])
            .is_some_and(|n| n.bytes().all(|b| b.is_ascii_digit()));
        assert!(known.contains(&word) || id, "{line}");
    }
}

/// Quotes and braces of a digraph are in pairs, however its strings are escaped.
fn digraph(dot: &str) {
    let (mut quoted, mut depth) = (false, 0);
    let mut chars = dot.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' if quoted => assert!(matches!(chars.next(), Some('n' | 'l' | '"' | '\\'))),
            '"' => quoted = !quoted,
            '{' if !quoted => depth += 1,
            '}' if !quoted => depth -= 1,
            '\n' => assert!(!quoted, "a line ends in a string"),
            _ => {}
        }
    }
    assert_eq!((quoted, depth), (false, 0));
}
