//! `completions SHELL` and `man`: what shells and `man` know of the verbs, made of the same
//! command line that is parsed.

use std::io::Write;
use std::path::PathBuf;

use clap::{Command, CommandFactory};
use clap_complete::Shell;

use crate::cli::Cli;
use crate::report::{Done, Failure, count, say};

#[derive(clap::Args)]
#[command(after_help = "Example:
  cargo xtask completions bash > ~/.local/share/bash-completion/completions/routewright-xtask
  cargo xtask completions fish > ~/.config/fish/completions/routewright-xtask.fish

Shells complete the words of a program, so this is for the program itself, such as `cargo install
--path xtask` puts on the path; `cargo xtask` is an alias, whose words no shell knows.")]
pub struct CompletionsArgs {
    /// The shell
    shell: Shell,
}

#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  cargo xtask man | man -l -\n  cargo xtask man --out ~/.local/share/man/man1"
)]
pub struct ManArgs {
    /// The folder for one page a verb [default: all on one page, to standard output]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// Prints the completions.
pub fn completions(args: &CompletionsArgs) -> Done {
    let (name, mut bytes) = (name(), Vec::new());
    clap_complete::generate(args.shell, &mut program(), &name, &mut bytes);
    let mut script = String::from_utf8_lossy(&bytes).into_owned();
    if args.shell == Shell::Bash {
        // clap_complete 4.6 spells a `-` in the program's name in two ways, and so completes
        // no flag of a verb (clap issue 6421).
        let labels = ["__subcmd__", "__"].map(|dash| name.replace('-', dash));
        script = script.replace(&labels[0], &labels[1]);
    }
    Ok(std::io::stdout().write_all(script.as_bytes())?)
}

/// Prints the page, or writes a page for the tool and one for each verb.
pub fn man(args: &ManArgs) -> Done {
    let Some(dir) = &args.out else {
        return Ok(std::io::stdout().write_all(&one_page()?)?);
    };
    let bad = |e: std::io::Error| Failure::Bad(format!("{}: {e}", dir.display()));
    std::fs::create_dir_all(dir).map_err(bad)?;
    clap_mangen::generate_to(program(), dir).map_err(bad)?;
    let pages = 1 + verbs(&program()).count();
    say(format_args!(
        "{}: {} written",
        dir.display(),
        count(pages, "page")
    ));
    Ok(())
}

/// What this program is called: the tool of a workspace has its own name.
fn name() -> String {
    let path = std::env::current_exe().unwrap_or_default();
    let stem = path
        .file_stem()
        .map(|stem| stem.to_string_lossy().into_owned());
    stem.unwrap_or_else(|| env!("CARGO_PKG_NAME").to_owned())
}

/// The command line, under the name of the program.
fn program() -> Command {
    let mut command = Cli::command()
        .name(name())
        .bin_name(name())
        .disable_help_subcommand(true);
    command.build();
    command
}

fn verbs(program: &Command) -> impl Iterator<Item = &Command> {
    program.get_subcommands().filter(|verb| !verb.is_hide_set())
}

/// The tool, and under a heading for each verb what it does, its options and examples.
fn one_page() -> std::io::Result<Vec<u8>> {
    let program = program();
    let page = clap_mangen::Man::new(program.clone()).title(name().to_uppercase());
    let mut out = Vec::new();
    page.render_title(&mut out)?;
    page.render_name_section(&mut out)?;
    page.render_synopsis_section(&mut out)?;
    page.render_description_section(&mut out)?;
    page.render_subcommands_section(&mut out)?;
    for verb in verbs(&program) {
        let name = verb.get_name().to_uppercase();
        writeln!(out, ".SH \"{name}\"")?;
        let page = clap_mangen::Man::new(verb.clone());
        let mut inner = Vec::new();
        page.render_synopsis_section(&mut inner)?;
        page.render_description_section(&mut inner)?;
        page.render_options_section(&mut inner)?;
        page.render_extra_section(&mut inner)?;
        // Headings of a verb stand below its own.
        out.extend(
            String::from_utf8_lossy(&inner)
                .replace("\n.SH ", "\n.SS ")
                .into_bytes(),
        );
    }
    page.render_version_section(&mut out)?;
    Ok(out)
}
