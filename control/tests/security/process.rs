//! The binary: what it refuses to start with, and what it takes up as it runs.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use routewright_control::tls::Tls;

use crate::certificates::Ca;
use crate::plane::{ask, folder, trusting};

fn serve(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_routewright-control"));
    let begin = ["serve", "--ledger", "ledger.redb"];
    command
        .args(begin)
        .args(args)
        .current_dir(folder)
        .stdin(Stdio::null());
    command
}

/// Ends with the test, however that ends.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ended = self.0.kill();
        let _reaped = self.0.wait();
    }
}

/// Arguments; how it ends, and what it says.
#[test]
fn what_it_does_not_start_with() {
    let folder = folder("process-refused");
    let (ca, other) = (Ca::new("ours"), Ca::new("other"));
    let held = ca.issues_localhost();
    let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).unwrap();
    write("server.pem", &held.cert);
    write("server.key", &held.key);
    write("other.key", &other.issues_localhost().key);
    write("ca.pem", &ca.pem());
    write("allow.yaml", "allow:\n- { who: x, reed: true }\n");
    write("good.yaml", "allow: []\n");
    let tls = ["--tls-cert", "server.pem", "--tls-key", "server.key"];
    let secure = ["--client-ca", "ca.pem", "--allow", "good.yaml"];
    let wide = ["--listen", "0.0.0.0:0"];
    let rows: &[(Vec<&str>, i32, &[&str])] = &[
        (
            wide.to_vec(),
            1,
            &["0.0.0.0:0", "without TLS", "--insecure"],
        ),
        (
            [&tls[..], &wide].concat(),
            1,
            &["without --client-ca", "--allow"],
        ),
        (
            [&tls[..], &["--client-ca", "ca.pem"]].concat(),
            2,
            &["--allow"],
        ),
        (vec!["--allow", "good.yaml"], 2, &["--client-ca"]),
        (
            [&tls[..], &["--client-crl", "ca.pem"]].concat(),
            2,
            &["--client-ca"],
        ),
        (
            [&tls[..], &secure, &["--client-crl", "ca.pem"]].concat(),
            1,
            &["ca.pem: no revocation list in PEM"],
        ),
        (vec!["--tls-cert", "server.pem"], 2, &["--tls-key"]),
        (
            vec!["--tls-cert", "none.pem", "--tls-key", "server.key"],
            1,
            &["none.pem: No such file"],
        ),
        (
            vec!["--tls-cert", "good.yaml", "--tls-key", "server.key"],
            1,
            &["good.yaml: no certificate in PEM"],
        ),
        (
            vec!["--tls-cert", "server.pem", "--tls-key", "ca.pem"],
            1,
            &["ca.pem: no private key in PEM"],
        ),
        (
            vec!["--tls-cert", "server.pem", "--tls-key", "other.key"],
            1,
            &["do not go together"],
        ),
        (
            [
                &tls[..],
                &["--client-ca", "ca.pem", "--allow", "allow.yaml"],
            ]
            .concat(),
            1,
            &[
                "a rule has no key `reed`",
                "allow.yaml:2:13",
                "did you mean `read`?",
            ],
        ),
    ];
    for (args, code, expected) in rows {
        let ended = serve(&folder, args).output().unwrap();
        let told = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(ended.status.code(), Some(*code), "{args:?}: {told}");
        for part in *expected {
            assert!(told.contains(part), "{args:?}: {told}");
        }
    }
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_says_who_may_and_takes_up_new_rules() {
    let folder = folder("process");
    let ca = Ca::new("ours");
    let held = ca.issues_localhost();
    std::fs::write(folder.join("server.pem"), &held.cert).unwrap();
    std::fs::write(folder.join("server.key"), &held.key).unwrap();
    std::fs::write(folder.join("ca.pem"), ca.pem()).unwrap();
    std::fs::write(folder.join("allow.yaml"), "allow: []").unwrap();
    std::fs::write(folder.join("revoked.pem"), ca.revokes(&[], 2100)).unwrap();
    let args = [
        "--tls-cert",
        "server.pem",
        "--tls-key",
        "server.key",
        "--client-ca",
        "ca.pem",
        "--client-crl",
        "revoked.pem",
    ];
    // Wherever it can be reached from.
    let more = ["--allow", "allow.yaml", "--listen", "0.0.0.0:0"];
    let mut command = serve(&folder, &[&args[..], &more].concat());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut running = Running(command.spawn().unwrap());
    let mut out = BufReader::new(running.0.stdout.take().unwrap()).lines();
    let err = log_of(running.0.stderr.take().unwrap());
    let listening = out.next().unwrap().unwrap();
    let (_, port) = listening.rsplit_once(':').unwrap();
    said(&err, "access by certificate and rules rules=\"allow.yaml\"");

    let url = format!("https://localhost:{port}");
    let tls = trusting(&ca, &ca.issues_to("spiffe://test/me"));
    let fault = ask(&url, &tls).await.unwrap_err();
    assert!(fault.contains("spiffe://test/me may not read"), "{fault}");

    let rules = "allow: [{ who: 'spiffe://test/*', read: true }]";
    std::fs::write(folder.join("allow.yaml"), rules).unwrap();
    let pid = running.0.id().to_string();
    let told = Command::new("kill").args(["-HUP", &pid]).status().unwrap();
    assert!(told.success());
    said(&err, "what changed on disk is in force what=\"rules\"");
    // It may look; there is nothing yet.
    let fault = ask(&url, &tls).await.unwrap_err();
    assert!(fault.contains("no engine was ever here"), "{fault}");

    let stranger = Tls::new().ca_pem(ca.pem());
    ask(&url, &stranger).await.unwrap_err();
    said(&err, "handshakes failed reason=\"no_certificate\" why=");
    let stolen = ca.issues_to("spiffe://test/stolen");
    let list = ca.revokes(&[&stolen], 2100);
    std::fs::write(folder.join("revoked.pem"), list).unwrap();
    let told = Command::new("kill").args(["-HUP", &pid]).status().unwrap();
    assert!(told.success());
    said(
        &err,
        "what changed on disk is in force what=\"revocations\"",
    );
    let fault = ask(&url, &trusting(&ca, &stolen)).await.unwrap_err();
    assert!(fault.contains("is revoked"), "{fault}");

    std::fs::write(folder.join("server.pem"), "nothing").unwrap();
    assert!(
        Command::new("kill")
            .args(["-HUP", &pid])
            .status()
            .unwrap()
            .success()
    );
    said(
        &err,
        "those from before stay in force what=\"certificates\" why=\"server.pem: no certificate",
    );
    assert!(
        ask(&url, &tls)
            .await
            .unwrap_err()
            .contains("no engine was ever here")
    );

    assert!(Command::new("kill").arg(&pid).status().unwrap().success());
    assert!(running.0.wait().unwrap().success());
}

/// The lines of a log, as they come.
#[cfg(unix)]
fn log_of(log: impl std::io::Read + Send + 'static) -> std::sync::mpsc::Receiver<String> {
    let (line, lines) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let read = BufReader::new(log).lines().map_while(Result::ok);
        // Until nobody waits any more.
        read.map(|text| line.send(text))
            .take_while(Result::is_ok)
            .count()
    });
    lines
}

/// Waits for a line of the log that says this.
#[cfg(unix)]
fn said(lines: &std::sync::mpsc::Receiver<String>, what: &str) {
    let mut before = Vec::new();
    while let Ok(line) = lines.recv_timeout(std::time::Duration::from_secs(20)) {
        if line.contains(what) {
            return;
        }
        before.push(line);
    }
    panic!("not {what:?}, but {before:#?}");
}
