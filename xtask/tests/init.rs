//! `init`: what it makes builds, runs, and passes its own tests, with path dependencies on
//! this checkout and nothing else.

mod common;

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use common::{Folder, Ran};

#[test]
fn a_new_service_builds_runs_and_passes_its_own_tests() {
    let folder = Folder::new("init");
    let out = folder.run(&["init", "my-service"]).good();
    assert!(out.contains("next:  cd my-service && cargo test"), "{out}");
    let service = folder.path().join("my-service");

    // The lock file and target folder of this workspace, so that nothing is fetched and
    // little is built twice.
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    std::fs::copy(root.join("Cargo.lock"), service.join("Cargo.lock")).unwrap();
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("..");
    let cargo = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO"));
        command
            .args(args)
            .current_dir(&service)
            .env("CARGO_TARGET_DIR", &target)
            .env("CARGO_NET_OFFLINE", "true");
        command
    };
    let run = |args: &[&str]| Ran::of(cargo(args).output().unwrap());

    let tests = run(&["test", "--workspace"]).good();
    assert!(
        tests.contains("test_0_order_placed ... ok") && tests.contains("the_image_is_whole ... ok"),
        "{tests}"
    );

    let mut child = cargo(&["run", "--quiet", "--package", "my-service"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(b"order.placed 42\nuser.left 1\ndebug.x 1\nother 1\n")
        .unwrap();
    let said = Ran::of(child.wait_with_output().unwrap()).good();
    assert_eq!(
        said,
        "order.placed 42: billing\norder.placed 42: stock\nuser.left 1: audit\ndebug.x: dropped: not in production\n\
         other 1: audit\nbatches of 50, flushed every 2s\n"
    );

    assert!(
        run(&["xtask", "codegen", "--check"])
            .good()
            .contains("3 files up to date")
    );
    assert!(
        run(&["xtask", "check"])
            .good()
            .starts_with("my-service: good")
    );
    let routes = std::fs::read_to_string(service.join("routes/routes.yaml")).unwrap();
    std::fs::write(
        service.join("routes/routes.yaml"),
        routes.replace("default: 50", "default: 60"),
    )
    .unwrap();
    assert!(
        run(&["xtask", "codegen", "--check"])
            .bad(1)
            .contains("run `cargo xtask codegen`")
    );
    assert!(run(&["xtask", "test"]).bad(1).contains("1 test failed"));
}
