//! strace brings death or an error to one system call after the other.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Command, Output};

use routewright_tests::tools::{self, Tally, note};

use crate::host;
use crate::model::Model;
use crate::next::{self, Told};
use crate::writer::{self, Script};

/// What a folder went through before, each a process; and what is watched.
const SCENES: &[(&str, &[&str], &str)] = &[
    ("the first start", &[], "-pprpc"),
    ("a start with three files", &["-pp"], "-prpc"),
    ("a probation", &["pg"], "ppgprc"),
    ("a probation that goes on", &["pgpgpc"], "gpc"),
    ("a probation after a death", &["pgpgp"], "pgc"),
    ("a start that only reads", &["pg"], "c"),
];

/// What a disk, or a table of open files, may say.
pub const ERRORS: &[&str] = &["ENOSPC", "EIO", "EROFS", "EDQUOT", "EINTR", "EMFILE"];
const SIGKILL: i32 = 9;

/// A system call of the writer, as strace finds it: the nth of its name.
#[derive(Clone, Debug)]
struct Call {
    name: String,
    nth: usize,
    line: String,
}

/// Whether strace is here and may do its work; if not, says so.
fn strace(what: &'static str) -> bool {
    let mut tally = Tally::new(what);
    let probe = [
        "-f",
        "-o",
        "/dev/null",
        "-e",
        "inject=getpid:error=EIO",
        "true",
    ];
    let here = tools::said(Command::new("strace").args(probe));
    match &here {
        Ok(_) => tally.ran(),
        Err(why) => tally.skip("strace", why),
    }
    tally.finish();
    here.is_ok()
}

fn traced(folder: &Path, script: &str, options: &[&str]) -> Output {
    let writer = writer::command(folder, script);
    Command::new("strace")
        .arg("-f")
        .args(options)
        .arg(writer.get_program())
        .args(writer.get_args())
        .output()
        .expect("strace was here a moment ago")
}

/// The folder as the scene wants it, and how things stand there.
fn prepare(folder: &Path, before: &[&str]) -> Model {
    let _ = fs::remove_dir_all(folder);
    let mut model = Model::default();
    for text in before {
        let script = Script::read(text);
        tools::said(&mut writer::command(folder, text)).expect("the writer writes");
        model = script.steps.iter().fold(model.restarted(), |model, step| {
            model.after(*step, !text.starts_with('-'))
        });
    }
    model
}

/// The calls that the writer makes from its first word on.
fn calls(folder: &Path, script: &str) -> Vec<Call> {
    let log = folder.with_extension("strace");
    let output = traced(folder, script, &["-o", log.to_str().expect("UTF-8")]);
    assert!(output.status.success(), "{output:?}");
    let log = fs::read_to_string(log).expect("a log");
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut begun = false;
    let mut calls = Vec::new();
    for line in log.lines() {
        // The number of the process, then the call; what is no call has no name.
        let call = line
            .trim_start_matches(|c: char| c.is_ascii_digit())
            .trim_start();
        let Some((name, _)) = call.split_once('(') else {
            continue;
        };
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if name.is_empty() || !name.chars().all(plain) {
            continue;
        }
        let nth = counts.entry(name).or_default();
        *nth += 1;
        if begun {
            calls.push(Call {
                name: name.to_owned(),
                nth: *nth,
                line: call.to_owned(),
            });
        }
        begun |= call.starts_with("write(1, \"BEGIN");
    }
    calls
}

/// Every acknowledgement stands after a sync of the folder, which stands after a rename
/// of a file that was synced after its last write; and nothing is removed before that.
pub fn order() {
    if !strace("crash: order of writes and syncs") {
        return;
    }
    let mut saves = 0;
    for (scene, before, script) in SCENES {
        let folder = host::place("order");
        prepare(&folder, before);
        // What happened to the new file so far, in a letter each.
        let mut so_far = String::new();
        for Call { name, line, .. } in calls(&folder, script) {
            let new = line.contains(".temp\"");
            match name.as_str() {
                "openat" if new && line.contains("O_EXCL") => so_far = "c".to_owned(),
                "write" if !line.starts_with("write(1,") => so_far.push('w'),
                "fsync" => so_far.push('s'),
                "renameat" | "renameat2" | "rename" => so_far.push('r'),
                "unlinkat" | "unlink" if !new => {
                    assert_eq!(so_far, "cwsrs", "{scene}: {line}");
                }
                "write" if line.contains("DONE") && !so_far.is_empty() => {
                    assert_eq!(so_far, "cwsrs", "{scene}: {line}");
                    saves += 1;
                    so_far.clear();
                }
                _ => {}
            }
        }
    }
    // So many steps of the scenes change what is to be kept.
    assert!(saves >= 12, "{saves} saves were seen");
    note(&format!("crash: {saves} saves are synced in order"));
}

/// SIGKILL at every call.
pub fn kill() {
    if !strace("crash: kill at every system call") {
        return;
    }
    let mut kills = 0;
    for (scene, before, text) in SCENES {
        let folder = host::place("kill");
        let script = Script::read(text);
        prepare(&folder, before);
        for Call { name, nth, line } in calls(&folder, text) {
            let model = prepare(&folder, before);
            let inject = format!("inject={name}:signal=KILL:when={nth}");
            let output = traced(&folder, text, &["-o", "/dev/null", "-e", &inject]);
            let what = format!("{scene}, killed at {line}");
            // strace dies as its writer does.
            assert_eq!(output.status.signal(), Some(SIGKILL), "{what}");
            let told = Told::read(&output.stdout);
            next::check(&folder, &script, model, &told, &what);
            kills += 1;
        }
    }
    assert!(kills >= 100, "{kills} kills");
    note(&format!("crash: {kills} system calls, a death at each"));
}

/// Errors of a disk at every call that has to do with files: so many of them at each, in
/// turn.
pub fn fail(each: usize) {
    if !strace("crash: errors at every system call") {
        return;
    }
    let mut errors = 0;
    for (scene, before, text) in SCENES {
        let folder = host::place("fail");
        let script = Script::read(text);
        prepare(&folder, before);
        let calls = calls(&folder, text);
        let calls = calls.iter().filter(|call| concerns_files(call));
        for (at, Call { name, nth, line }) in calls.enumerate() {
            for error in ERRORS.iter().cycle().skip(at).take(each) {
                let model = prepare(&folder, before);
                let inject = format!("inject={name}:error={error}:when={nth}");
                let output = traced(&folder, text, &["-o", "/dev/null", "-e", &inject]);
                let what = format!("{scene}, {error} at {line}");
                assert!(output.status.success(), "{what}: {output:?}");
                let told = Told::read(&output.stdout);
                assert!(told.none || told.done == script.steps.len(), "{what}");
                assert!(*error != "EINTR" || told.durable == told.done, "{what}");
                next::check(&folder, &script, model, &told, &what);
                errors += 1;
            }
        }
    }
    assert!(errors >= 300 * each, "{errors} errors");
    note(&format!("crash: {errors} errors of disks survived"));
}

/// Errors that stay: nothing new is kept, all of it is told, and what was kept is kept.
pub fn fail_for_good() {
    // The beginning of a call's name.
    let errors = [("rename", "EROFS"), ("rename", "EDQUOT"), ("fsync", "EIO")];
    let folder = host::place("fail-for-good");
    let (before, text) = (&["pg"][..], "prpg");
    if strace("crash: disks that fail for good") {
        prepare(&folder, before);
        let calls = calls(&folder, text);
        for (which, error) in errors {
            let call = calls.iter().find(|call| call.name.starts_with(which));
            let name = &call.expect("a save").name;
            let model = prepare(&folder, before);
            let inject = format!("inject={name}:error={error}:when=1+");
            let output = traced(&folder, text, &["-o", "/dev/null", "-e", &inject]);
            nothing_kept(&folder, text, model, &output, &inject);
        }
    }
    // A disk without room, which needs no strace: no file may have a single byte.
    let model = prepare(&folder, before);
    let writer = writer::command(&folder, text);
    let output = Command::new("sh")
        .args(["-c", "trap '' 25; ulimit -f 0; exec \"$@\"", "sh"])
        .arg(writer.get_program())
        .args(writer.get_args())
        .output()
        .expect("a shell");
    nothing_kept(&folder, text, model, &output, "files of no bytes");
}

fn nothing_kept(folder: &Path, text: &str, before: Model, output: &Output, what: &str) {
    let script = Script::read(text);
    assert!(output.status.success(), "{what}: {output:?}");
    let told = Told::read(&output.stdout);
    assert_eq!((told.done, told.durable), (script.steps.len(), 0), "{what}");
    let found = next::check(folder, &script, before, &told, what);
    assert_eq!(found, before.restarted().restarted(), "{what}");
}

fn concerns_files(call: &Call) -> bool {
    const MEMORY_AND_THE_REST: &[&str] = &[
        "brk",
        "exit_group",
        "futex",
        "getrandom",
        "madvise",
        "mmap",
        "mprotect",
        "mremap",
        "munmap",
        "rt_sigaction",
        "rt_sigprocmask",
        "sigaltstack",
    ];
    let speaks = call.line.starts_with("write(1,");
    !speaks && !MEMORY_AND_THE_REST.contains(&call.name.as_str())
}
