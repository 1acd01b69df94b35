//! docs/security.md: what stands there is true.

use std::path::Path;
use std::process::Command;

use routewright_control::serve::name_in;
use routewright_control::tls::Tls;
use routewright_schema::access::{Rights, Role, Rules};

use crate::certificates::Held;
use crate::plane::{Plane, ask, folder, map, push, rate};

fn page() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/security.md");
    std::fs::read_to_string(path).unwrap()
}

/// The one code block of that language.
fn block<'p>(page: &'p str, language: &str) -> &'p str {
    let (_, rest) = page.split_once(&format!("```{language}\n")).unwrap();
    rest.split_once("```").unwrap().0
}

/// Whether somebody may do that, in the words of the page.
fn may(rights: &Rights, what: &str) -> bool {
    let name = what.split('`').nth(1).unwrap_or_default();
    match what {
        "read" => rights.has(Role::Read),
        "push" => rights.has(Role::Push),
        _ if what.starts_with("watch as ") => rights.may_watch_as(name),
        _ if what.starts_with("force the ") => {
            let kind = what.split(' ').nth(2).unwrap();
            rights.may_force(kind, name)
        }
        _ => {
            let thing = what.strip_prefix("change the ").unwrap();
            rights.may_change(thing.split(' ').next().unwrap(), name)
        }
    }
}

#[test]
fn the_rules_allow_what_the_table_says() {
    let page = page();
    let rules = Rules::read("security.md", block(&page, "yaml")).unwrap();
    let (_, table) = page.split_once("What these allow:").unwrap();
    let rows = table
        .lines()
        .skip(4)
        .take_while(|line| line.starts_with('|'));
    let mut count = 0;
    for row in rows {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let [_, who, what, answer, _] = cells[..] else {
            panic!("{row}");
        };
        let rights = rules.of(who.trim_matches('`'));
        assert_eq!(may(&rights, what), answer == "yes", "{row}");
        count += 1;
    }
    assert!(count > 10);
}

/// The commands make certificates that do what the page says.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn certificates_by_openssl_are_good() {
    let page = page();
    let folder = folder("docs-certificates");
    let script = format!("set -e\n{}", block(&page, "sh"));
    let made = Command::new("sh")
        .args(["-c", &script])
        .current_dir(&folder)
        .output();
    let made = made.expect("this test needs sh");
    let errors = String::from_utf8_lossy(&made.stderr);
    assert!(made.status.success(), "is OpenSSL here? {errors}");
    let file = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let held = |name: &str| Held::of(&file(&format!("{name}.pem")), &file(&format!("{name}.key")));
    assert_eq!(
        name_in(&held("deploy").der).unwrap(),
        "spiffe://shop/deploy"
    );

    let ca = file("ca.pem");
    let (lists, rules) = (file("revoked.pem"), block(&page, "yaml"));
    let plane = Plane::with_lists("docs", &held("control"), &ca, &lists, rules).await;
    let tls = |name: &str| {
        let (cert, key) = (format!("{name}.pem"), format!("{name}.key"));
        Tls::new()
            .ca_file(folder.join("ca.pem"))
            .identity_files(folder.join(cert), folder.join(key))
    };
    let (cell, _) = plane.engine("web-1", &tls("web-1")).await;
    let mut client = plane.client(&tls("deploy")).await;
    push(&mut client, &rate(map(1), 0.5)).await.unwrap();
    plane.settled().await;
    assert_eq!(cell.status().table.version(), 1);
    let fault = ask(&plane.url(), &tls("web-2")).await.unwrap_err();
    assert!(fault.contains("is revoked"), "{fault}");
}
