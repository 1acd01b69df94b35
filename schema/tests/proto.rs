//! Definitions in `.proto`: what is read is what protobuf's own reader reads, and what
//! is written reads back.

use std::path::{Path, PathBuf};

use proptest::prelude::*;
use prost_reflect::ReflectMessage as _;
use prost_reflect::{DescriptorPool, DynamicMessage};
use routewright_schema::arbitrary;
use routewright_schema::format::{message, proto, proto_write};
use routewright_schema::load::{Loaded, load, load_including, load_proto_text};
use routewright_schema::lower::lower;
use routewright_schema::model::Definition;
use routewright_schema::pb;

/// Reads a text whole with prost-reflect, options included.
fn linked(name: &str, text: &str) -> DescriptorPool {
    let mut pool = DescriptorPool::global();
    let parse = |name, text| protox_parse::parse(name, text).unwrap_or_else(|e| panic!("{e:?}"));
    for (name, text) in [
        ("routewright/v1/definition.proto", proto::DEFINITION),
        (proto::OPTIONS_NAME, proto::OPTIONS),
        (name, text),
    ] {
        pool.add_file_descriptor_proto(parse(name, text))
            .unwrap_or_else(|e| panic!("{e:?}\n{text}"));
    }
    pool
}

/// An option of ours as protobuf's reader gives it.
fn option(options: &DynamicMessage, name: &str) -> Option<DynamicMessage> {
    let pool = options.descriptor().parent_pool().clone();
    let extension = pool.get_extension_by_name(&format!("routewright.v1.{name}"))?;
    options
        .has_extension(&extension)
        .then(|| options.get_extension(&extension).as_message().cloned())?
}

fn read(text: &str) -> Definition {
    load_proto_text("a.proto", text)
        .unwrap_or_else(|(sources, report)| panic!("{}\n{text}", report.render(&sources, false)))
        .definition
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    /// The independent reader: prost-reflect, with its own lexer of text format.
    #[test]
    fn options_are_what_protobuf_reads(definition in arbitrary::definition()) {
        let text = proto_write::write(&definition);
        let pool = linked("a.proto", &text);
        let file = pool.get_file_by_name("a.proto").expect("the file");
        let option = option(&file.options(), "definition").expect("its option");
        let theirs: pb::Definition = option.transcode_to().expect("the same message");
        let ours = pb::Definition {
            settings: Vec::new(),
            package: String::new(),
            ..message::to_message(&read(&text))
        };
        prop_assert_eq!(theirs, ours);
        // And so are the options of fields, but for what the fields themselves say.
        let fields = pool
            .all_messages()
            .filter(|m| m.parent_file() == file)
            .flat_map(|m| m.fields().collect::<Vec<_>>());
        let theirs = fields
            .filter_map(|f| self::option(&f.options(), "setting"))
            .map(|option| option.transcode_to::<pb::Setting>().expect("the same message"));
        prop_assert_eq!(options(theirs), options(message::to_message(&definition).settings));
    }
}

/// What options of settings say that fields do not, in any order.
fn options(settings: impl IntoIterator<Item = pb::Setting>) -> Vec<String> {
    let mut said: Vec<String> = settings
        .into_iter()
        .map(|setting| pb::Setting {
            name: String::new(),
            r#type: String::new(),
            columns: Vec::new(),
            values: Vec::new(),
            ..setting
        })
        .filter(|setting| *setting != pb::Setting::default())
        .map(|setting| format!("{setting:?}"))
        .collect();
    said.sort();
    said
}

fn cases(folder: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut cases: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    cases
}

fn taken(paths: &[PathBuf], includes: &[PathBuf]) -> Loaded {
    load_including(paths, includes)
        .unwrap_or_else(|(sources, report)| panic!("{}", report.render(&sources, false)))
}

/// Law 3 for what people wrote: every accepted definition and every example.
#[test]
fn every_definition_survives_proto() {
    let mut folders = cases("tests/accept");
    folders.extend(["../examples/treasure-hunt/routes", "../tests/fixture"].map(PathBuf::from));
    for folder in folders {
        let definition = taken(std::slice::from_ref(&folder), &[]).definition;
        let text = proto_write::write(&definition);
        let again = read(&text);
        assert_eq!(again, definition, "{folder:?}:\n{text}");
        let limits = routewright::Limits::DEFAULT;
        assert_eq!(
            lower(&again, &limits).unwrap().as_image(),
            lower(&definition, &limits).unwrap().as_image()
        );
    }
}

/// The design's example by hand in both spellings.
#[test]
fn the_design_by_hand() {
    let yaml = taken(&["tests/accept/design".into()], &[]).definition;
    let proto = taken(&["tests/proto/design".into()], &[]);
    // The order of tests is that of the texts; both list them alike.
    assert_eq!(proto.definition, yaml);
    let payloads: Vec<(&str, &str)> = proto
        .messages
        .payloads
        .iter()
        .map(|(event, message)| (event.as_str(), message.as_str()))
        .collect();
    assert_eq!(
        payloads,
        [
            ("treasure.item.found", "treasure.ItemFound"),
            ("treasure.item.sold", "treasure.ItemSold"),
        ]
    );
    assert!(proto.messages.settings.contains("treasure.Settings"));
}

#[test]
fn imports_are_found_beneath_their_roots() {
    let root = Path::new("tests/proto/imports");
    let whole = taken(&[root.to_owned()], &[]);
    assert_eq!(whole.definition.routes.len(), 3);
    // A folder within, with the one above named for imports, finds the same names.
    let part = taken(&[root.join("shop")], &[root.to_owned()]);
    assert!(part.files.contains(&root.join("common/money.proto")));
    assert_eq!(part.definition.routes.len(), 2);
    // Without it the message says what to do.
    let (sources, report) = load(&[root.join("shop")]).unwrap_err();
    let words = report.render(&sources, false);
    assert!(
        words.contains("no file `common/money.proto` to import"),
        "{words}"
    );
    assert!(words.contains("--include"), "{words}");
}

/// A package that a file does not import hides nothing from it, and options of others
/// are linked beside ours.
#[test]
fn packages_of_strangers_hide_nothing() {
    let loaded = taken(&["tests/proto/shadow".into()], &[]);
    assert_eq!(loaded.messages.payloads["order.placed"], "shop.Placed");
    let files: Vec<&str> = loaded.messages.files.iter().map(|f| f.name()).collect();
    assert!(
        files.starts_with(&["google/protobuf/descriptor.proto"]),
        "{files:?}"
    );
    assert_eq!(files.len(), 4, "{files:?}");
}

/// Settings of every type and shape, by hand.
#[test]
fn every_setting() {
    let yaml = taken(&["tests/proto/settings/settings.yaml".into()], &[]).definition;
    let proto = taken(&["tests/proto/settings/settings.proto".into()], &[]).definition;
    assert_eq!(proto.settings, yaml.settings);
    assert_eq!(proto.rules, yaml.rules);
}

/// Numbers of options are part of descriptors that others keep, and buf says nothing of
/// extensions that change theirs.
#[test]
fn numbers_of_options_stay() {
    let pool = linked("a.proto", "syntax = \"proto3\";");
    let numbers = ["definition", "route", "settings", "setting"].map(|name| {
        let extension = pool.get_extension_by_name(&format!("routewright.v1.{name}"));
        extension.expect("an option").number()
    });
    assert_eq!(numbers, [52_811, 52_811, 52_812, 52_811]);
}

/// The README's example is a definition.
#[test]
fn the_readme_is_true() {
    let readme = std::fs::read_to_string("../README.md").unwrap();
    let block = readme.split("```proto\n").nth(1).unwrap();
    let text = block.split("```").next().unwrap();
    let loaded = load_proto_text("readme.proto", text)
        .unwrap_or_else(|(sources, report)| panic!("{}", report.render(&sources, false)));
    assert_eq!(
        loaded.messages.payloads["order.placed"],
        "my_service.OrderPlaced"
    );
    assert_eq!(loaded.definition.settings.len(), 1);
}

#[test]
fn what_is_written() {
    let text = proto_write::write(&taken(&["tests/accept/everything".into()], &[]).definition);
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_snapshot_path("proto/written");
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!("everything.proto", text));
}
