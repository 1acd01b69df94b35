//! What routes cost whoever compiles them: CPU time and memory of rustc, bytes of the
//! binary, and the wait after a change.

mod compile;
mod growth;
mod rebuild;
mod sources;

use std::path::PathBuf;
use std::process::Command;

use crate::checkout::{Scratch, built, cargo, root, tool, yaml};
use crate::child::Cost;
use crate::harness::Options;
use crate::report::Section;
use sources::{Doing, Style};

const STYLES: [Style; 3] = [Style::Ours, Style::Phf, Style::Array];
const SIZES: [usize; 3] = [30, 1_000, 10_000];

/// All three questions.
pub fn run(options: Options) -> Section {
    let mut section = Section::new("rustc");
    let crates = Crates::new(if options.quick { &SIZES[..2] } else { &SIZES });
    compile::run(&crates, options, &mut section);
    growth::run(&crates, &mut section);
    rebuild::run(options, &mut section);
    section
}

/// The folder of what the next compile may skip.
const INCREMENTAL: &str = "incremental";

/// Sources of each style and size, and the libraries that they are compiled with.
struct Crates {
    scratch: Scratch,
    sizes: Vec<usize>,
}

/// How cargo would have it compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Profile {
    /// As in CI, where `CARGO_INCREMENTAL=0` is usual.
    Dev,
    /// As by default: it also writes down what the next compile may skip.
    Incremental,
    Release,
}

impl Profile {
    fn name(self) -> &'static str {
        match self {
            Profile::Dev => "dev",
            Profile::Incremental => "dev, incremental",
            Profile::Release => "release",
        }
    }

    /// As cargo calls it.
    fn of_cargo(self) -> &'static str {
        match self {
            Profile::Dev | Profile::Incremental => "dev",
            Profile::Release => "release",
        }
    }

    fn flags(self) -> &'static [&'static str] {
        match self {
            Profile::Dev | Profile::Incremental => &["-Cdebuginfo=2"],
            Profile::Release => &["-Copt-level=3"],
        }
    }
}

impl Crates {
    fn new(sizes: &[usize]) -> Crates {
        let scratch = Scratch::new("rustc");
        scratch.write("empty/lib.rs", "");
        scratch.write("empty/main.rs", &sources::without());
        let tool = tool("release");
        for style in STYLES {
            for count in sizes {
                let name = folder(style, *count);
                let module = style.module(*count);
                scratch.write(&format!("{name}/lib.rs"), &module);
                let program = |doing| format!("{module}{}", style.program(doing));
                scratch.write(&format!("{name}/main.rs"), &program(Doing::Lookups));
                if style == Style::Ours {
                    scratch.write(&format!("{name}/push.rs"), &program(Doing::Pushes));
                    let definition = scratch.write(&format!("{name}/routes.yaml"), &yaml(*count));
                    let mut codegen = Command::new(&tool);
                    codegen.arg("codegen").arg(definition);
                    Cost::of(codegen.arg("--out").arg(scratch.path(&name)));
                }
            }
        }
        Crates {
            scratch,
            sizes: sizes.to_vec(),
        }
    }

    /// All of them, by style and size.
    fn all(&self) -> impl Iterator<Item = (Style, usize)> {
        let sizes = self.sizes.iter();
        sizes.flat_map(|count| STYLES.map(|style| (style, *count)))
    }

    /// A call of rustc as cargo would make it; what it makes is in the second.
    fn rustc(&self, name: &str, file: &str, profile: Profile) -> (Command, PathBuf) {
        let source = self.scratch.path(&format!("{name}/{file}.rs"));
        let (kind, made) = match file {
            "lib" => ("lib", source.with_extension("rlib")),
            _ => ("bin", source.with_extension("")),
        };
        let mut rustc = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
        rustc
            .args(["--edition=2024", "--cap-lints=allow", "--crate-name=it"])
            .arg(format!("--crate-type={kind}"))
            .args(profile.flags())
            .arg("-o")
            .arg(&made)
            .arg(source);
        if profile == Profile::Incremental {
            let folder = self.scratch.path(INCREMENTAL);
            rustc.arg(format!("-Cincremental={}", folder.display()));
        }
        (rustc, made)
    }
}

/// Where a crate is.
fn folder(style: Style, count: usize) -> String {
    format!("{style:?}-{count}")
}

/// The library that a style needs, as arguments of rustc.
fn library(style: Style, profile: Profile) -> Vec<String> {
    let (name, checkout) = match style {
        Style::Ours => ("routewright", root()),
        Style::Phf => ("phf", root().join("bench")),
        Style::Array => return Vec::new(),
    };
    let mut build = cargo();
    build
        .args(["build", "--package", name, "--profile", profile.of_cargo()])
        .current_dir(checkout);
    let files = built(&mut build, name);
    let library = files
        .iter()
        .find(|file| file.extension().is_some_and(|e| e == "rlib"));
    let library = library.expect("cargo says where the library is");
    let folder = library.with_file_name("deps");
    vec![
        format!("--extern={name}={}", library.display()),
        format!("-Ldependency={}", folder.display()),
    ]
}
