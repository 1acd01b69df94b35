//! The committed code that is generated from `schema/proto` is the code that would
//! be generated now.
//!
//! Compared in memory, so that a build needs none of the generators. To write it:
//! `ROUTEWRIGHT_BLESS=1 cargo test -p routewright-tests --test fresh`. Change the
//! protos and write before using what is new: this crate stands above those that do.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::{env, fs};

use prost_build::Module;
use protox::Compiler;
use protox::prost::Message;
use protox::prost_reflect::prost_types::FileDescriptorSet;

const CURE: &str = "ROUTEWRIGHT_BLESS=1 cargo test -p routewright-tests --test fresh";

/// Every folder that holds nothing but generated files, from the workspace's root.
const FOLDERS: [&str; 2] = ["schema/src/generated", "control/src/generated"];

/// Path from the root -> content.
type Files = BTreeMap<String, Vec<u8>>;

#[test]
fn generated_code_is_fresh() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let wanted = generate(&root.join("schema/proto"));
    assert!(
        wanted.len() >= 3,
        "nothing was generated: {:?}",
        wanted.keys()
    );
    if env::var_os("ROUTEWRIGHT_BLESS").is_some() {
        write(&root, &wanted);
    }
    let found = read(&root);
    let names: BTreeSet<&String> = wanted.keys().chain(found.keys()).collect();
    let stale: Vec<String> = names
        .into_iter()
        .filter_map(|name| match (wanted.get(name), found.get(name)) {
            (Some(wanted), Some(found)) if wanted == found => None,
            (Some(_), Some(_)) => Some(format!("{name}: another content")),
            (Some(_), None) => Some(format!("{name}: missing")),
            _ => Some(format!("{name}: nothing generates it")),
        })
        .collect();
    assert!(
        stale.is_empty(),
        "generated files are not fresh:\n  {}\nTo write them: {CURE}",
        stale.join("\n  ")
    );
}

fn generate(protos: &Path) -> Files {
    let set = compile(protos, true);
    let mut files = Files::new();
    let mut messages = prost_build::Config::new();
    // What is told to many engines is kept once.
    messages.bytes([
        ".routewright.v1.Update.whole",
        ".routewright.v1.Piece.fresh",
    ]);
    let code = only(messages.generate(modules(&set)).expect("messages"));
    files.insert(
        "schema/src/generated/routewright.v1.rs".into(),
        marked(&code),
    );
    // Comments are in the Rust code; reflection needs only the structure.
    let bare = compile(protos, false).encode_to_vec();
    files.insert("schema/src/generated/routewright.v1.binpb".into(), bare);
    let mut service = prost_build::Config::new();
    service
        .extern_path(".routewright.v1", "::routewright_schema::pb")
        .service_generator(tonic_prost_build::configure().service_generator());
    let code = only(service.generate(modules(&set)).expect("service"));
    files.insert(
        "control/src/generated/routewright.v1.service.rs".into(),
        marked(&code),
    );
    files
}

fn compile(protos: &Path, comments: bool) -> FileDescriptorSet {
    let mut names: Vec<PathBuf> = fs::read_dir(protos.join("routewright/v1"))
        .expect("the folder of the protos")
        .map(|entry| Path::new("routewright/v1").join(entry.expect("an entry").file_name()))
        .filter(|name| name.extension().is_some_and(|e| e == "proto"))
        // Of options only the text is used, when definitions are read.
        .filter(|name| !name.ends_with("options.proto"))
        .collect();
    names.sort();
    let mut compiler = Compiler::new([protos]).expect("a compiler");
    compiler.include_source_info(comments).include_imports(true);
    compiler
        .open_files(names)
        .unwrap_or_else(|fault| panic!("{fault:?}"));
    compiler.file_descriptor_set()
}

fn modules(
    set: &FileDescriptorSet,
) -> Vec<(
    Module,
    protox::prost_reflect::prost_types::FileDescriptorProto,
)> {
    let ours = set
        .file
        .iter()
        .filter(|file| file.package() == "routewright.v1");
    ours.map(|file| {
        (
            Module::from_protobuf_package_name(file.package()),
            file.clone(),
        )
    })
    .collect()
}

/// The one module that there is.
fn only(modules: impl IntoIterator<Item = (Module, String)>) -> String {
    let mut modules = modules.into_iter();
    let (_, code) = modules.next().expect("a module");
    assert!(modules.next().is_none(), "all messages are of one package");
    code
}

fn marked(code: &str) -> Vec<u8> {
    format!("// @generated from schema/proto. Do not edit; to write it again:\n// {CURE}\n{code}")
        .into_bytes()
}

fn read(root: &Path) -> Files {
    let mut files = Files::new();
    for folder in FOLDERS {
        // A folder that is not there holds no files, which the comparison then says.
        let entries = fs::read_dir(root.join(folder)).into_iter().flatten();
        for entry in entries.map(|entry| entry.expect("an entry")) {
            let name = entry.file_name().into_string().expect("a name in UTF-8");
            files.insert(
                format!("{folder}/{name}"),
                fs::read(entry.path()).expect("a file"),
            );
        }
    }
    files
}

fn write(root: &Path, wanted: &Files) {
    for name in read(root).keys().filter(|name| !wanted.contains_key(*name)) {
        fs::remove_file(root.join(name)).expect("to remove what nothing generates");
    }
    for (name, content) in wanted {
        let path = root.join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("to make the folder");
        fs::write(path, content).expect("to write");
    }
}
