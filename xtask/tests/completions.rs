//! Completions and the manual: made of the command line, so that they know all of it.

mod common;

use std::collections::BTreeSet;
use std::process::Command;

use common::{Folder, Ran};
use routewright_tests::tools::Tally;

/// The verbs that `--help` lists.
fn verbs(folder: &Folder) -> BTreeSet<String> {
    let help = folder.run(&["--help"]).good();
    let listed = help.split_once("Commands:\n").unwrap().1;
    let lines = listed.lines().take_while(|line| !line.is_empty());
    let words = lines.filter(|line| !line.starts_with("    "));
    let verbs = words.map(|line| line.split_whitespace().next().unwrap().to_owned());
    verbs.filter(|verb| verb != "help").collect()
}

#[test]
fn each_shell_is_told_every_verb() {
    let folder = Folder::new("completions");
    let verbs = verbs(&folder);
    assert!(verbs.len() > 10 && verbs.contains("schema"), "{verbs:?}");
    let mut tally = Tally::new("completions read by their shell");
    for (shell, check) in [
        ("bash", "bash -n"),
        ("zsh", "zsh -n"),
        ("fish", "fish --no-execute"),
    ] {
        let script = folder.run(&["completions", shell]).good();
        for verb in &verbs {
            assert!(script.contains(verb.as_str()), "{shell}: {verb}");
        }
        folder.write(shell, &script);
        let (program, flag) = check.split_once(' ').unwrap();
        match Command::new(program)
            .args([flag, shell])
            .current_dir(folder.path())
            .output()
        {
            Ok(output) => {
                assert_eq!(Ran::of(output).good(), "");
                tally.ran();
            }
            Err(why) => tally.skip(shell, &why.to_string()),
        }
    }
    tally.finish();
    assert!(
        folder
            .run(&["completions", "cmd"])
            .bad(2)
            .contains("possible values")
    );
}

/// What bash offers behind the program, asked as bash asks.
#[test]
fn bash_completes_verbs_and_flags() {
    let folder = Folder::new("completions-bash");
    folder.write("rw", &folder.run(&["completions", "bash"]).good());
    let complete = |words: &str| {
        let script = format!(
            "source rw; COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); \
             _routewright__xtask routewright-xtask \"${{COMP_WORDS[COMP_CWORD]}}\" \"${{COMP_WORDS[COMP_CWORD-1]}}\"; \
             echo ${{COMPREPLY[@]}}"
        );
        let output = Command::new("bash")
            .args(["-c", &script])
            .current_dir(folder.path())
            .output();
        output.map(|output| Ran::of(output).good())
    };
    let mut tally = Tally::new("bash completes");
    match complete("routewright-xtask exp") {
        Ok(offered) => {
            assert_eq!(offered.trim(), "explain");
            assert_eq!(
                complete("routewright-xtask schema --ch").unwrap().trim(),
                "--check"
            );
            tally.ran();
        }
        Err(why) => tally.skip("bash", &why.to_string()),
    }
    tally.finish();
}

#[test]
fn the_manual_has_every_verb_on_one_page_or_a_page_each() {
    let folder = Folder::new("man");
    let page = folder.run(&["man"]).good();
    let out = folder.run(&["man", "--out", "man1"]).good();
    let verbs = verbs(&folder);
    assert_eq!(out, format!("man1: {} pages written\n", verbs.len() + 1));
    for verb in &verbs {
        assert!(
            page.contains(&format!("\n.SH \"{}\"\n", verb.to_uppercase())),
            "{verb}"
        );
        let own = folder.read(&format!("man1/routewright-xtask-{verb}.1"));
        assert!(own.starts_with(".ie"), "{verb}: {own}");
    }
    // Options and examples are there, and hidden verbs are not.
    assert!(page.contains("\\-\\-allow\\-unrouted") && page.contains("cargo xtask explain"));
    assert!(!page.contains(".SH \"PROFILE\""));
    let mut tally = Tally::new("the manual read by man");
    folder.write("page.1", &page);
    match Command::new("man")
        .args(["--warnings", "-l", "page.1"])
        .current_dir(folder.path())
        .output()
    {
        Ok(output) => {
            let ran = Ran::of(output);
            assert!(ran.err.is_empty(), "{}", ran.err);
            assert!(ran.good().contains("EXPLAIN"));
            tally.ran();
        }
        Err(why) => tally.skip("man", &why.to_string()),
    }
    tally.finish();
}
