//! The YAML language server, which editors run, on a service made by `init`: it finds the
//! schema by the line at the top of the definition, and complains, completes and explains.

mod common;

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::Folder;
use routewright_tests::tools::{Fetched, Tally, Tool};
use serde_json::{Value, json};

/// A language server, spoken to as an editor does.
struct Server {
    child: Arc<Mutex<Child>>,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    requests: u64,
}

impl Drop for Server {
    fn drop(&mut self) {
        end(&self.child);
    }
}

fn end(child: &Mutex<Child>) {
    let mut child = child.lock().unwrap();
    let _ = child.kill();
    let _ = child.wait();
}

impl Server {
    fn start(tool: &Fetched, folder: &Path) -> Server {
        let mut command = tool.command();
        command.arg("--stdio").current_dir(folder);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut server = Server {
            input: child.stdin.take().unwrap(),
            output: BufReader::new(child.stdout.take().unwrap()),
            child: Arc::new(Mutex::new(child)),
            requests: 0,
        };
        // One that says nothing any more ends, and with it the test.
        let child = server.child.clone();
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_secs(120));
            end(&child);
        });
        let root = format!("file://{}", folder.display());
        server.ask(
            "initialize",
            json!({ "processId": null, "rootUri": root, "capabilities": {} }),
        );
        server.tell("initialized", json!({}));
        // Nothing is fetched over the network.
        let yaml = json!({
            "validate": true, "hover": true, "completion": true, "schemaStore": { "enable": false },
        });
        server.tell(
            "workspace/didChangeConfiguration",
            json!({ "settings": { "yaml": yaml } }),
        );
        server
    }

    fn send(&mut self, message: &Value) {
        let text = message.to_string();
        write!(self.input, "Content-Length: {}\r\n\r\n{text}", text.len()).unwrap();
        self.input.flush().unwrap();
    }

    fn tell(&mut self, method: &str, params: Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    /// The next message. What the server itself asks for is answered with nothing.
    fn next(&mut self) -> Value {
        loop {
            let mut length = 0;
            loop {
                let mut line = String::new();
                assert_ne!(self.output.read_line(&mut line).unwrap(), 0, "it ended");
                match line.trim_end().strip_prefix("Content-Length: ") {
                    Some(text) => length = text.parse().unwrap(),
                    None if line.trim_end().is_empty() => break,
                    None => {}
                }
            }
            let mut bytes = vec![0; length];
            self.output.read_exact(&mut bytes).unwrap();
            let message: Value = serde_json::from_slice(&bytes).unwrap();
            match (message.get("method").is_some(), message.get("id")) {
                (true, Some(id)) => {
                    self.send(&json!({ "jsonrpc": "2.0", "id": id, "result": null }));
                }
                _ => return message,
            }
        }
    }

    fn ask(&mut self, method: &str, params: Value) -> Value {
        self.requests += 1;
        let id = self.requests;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        loop {
            let message = self.next();
            if message["id"] == id {
                return message["result"].clone();
            }
        }
    }

    /// Opens a text; what it complains of.
    fn open(&mut self, uri: &str, text: &str) -> Vec<String> {
        self.tell(
            "textDocument/didOpen",
            json!({ "textDocument": { "uri": uri, "languageId": "yaml", "version": 1, "text": text } }),
        );
        loop {
            let message = self.next();
            if message["method"] == "textDocument/publishDiagnostics"
                && message["params"]["uri"] == uri
            {
                let complaints = message["params"]["diagnostics"].as_array().unwrap();
                return complaints
                    .iter()
                    .map(|complaint| complaint["message"].as_str().unwrap().to_owned())
                    .collect();
            }
        }
    }

    /// Asks of the place behind a piece of the text.
    fn at(&mut self, method: &str, uri: &str, text: &str, piece: &str) -> Value {
        let before = &text[..text.find(piece).unwrap() + piece.len()];
        let line = before.matches('\n').count();
        let character = before.len() - before.rfind('\n').map_or(0, |end| end + 1);
        let position = json!({ "line": line, "character": character });
        self.ask(
            method,
            json!({ "textDocument": { "uri": uri }, "position": position }),
        )
    }
}

#[test]
fn an_editor_complains_completes_and_explains() {
    let folder = Folder::new("editor");
    folder.run(&["init", "my-service"]).good();
    let mut tally = Tally::new("the YAML language server on a new service");
    if let Some(tool) = tally.fetch(
        Tool::YamlLanguageServer,
        Path::new(env!("CARGO_TARGET_TMPDIR")),
    ) {
        let routes = folder.read("my-service/routes/routes.yaml");
        let mut server = Server::start(&tool, folder.path());
        let name = |name: &str| {
            format!(
                "file://{}/my-service/routes/{name}.yaml",
                folder.path().display()
            )
        };
        assert_eq!(server.open(&name("routes"), &routes), [""; 0]);

        // Edits, and pieces of the complaints; none: it is good.
        let rows = [
            ("to: stock", "to: declared_later", None),
            (
                "order.cancelled: { to: stock }",
                "order.cancelled: { too: stock }",
                Some("too"),
            ),
            ("timeout: 200ms", "timeout: 200", Some("string")),
            ("default: 50", "default: many", Some("pattern")),
            (
                "drop: \"not in production\"",
                "drop: no, to: audit",
                Some("to"),
            ),
        ];
        for (at, (old, new, words)) in rows.into_iter().enumerate() {
            let text = routes.replacen(old, new, 1);
            assert_ne!(text, routes);
            let complaints = server.open(&name(&format!("edit{at}")), &text);
            match words {
                None => assert_eq!(complaints, [""; 0], "{new}"),
                Some(words) => {
                    let said = complaints.iter().any(|complaint| complaint.contains(words));
                    assert!(said, "{new}: {complaints:?}");
                }
            }
        }

        let text = routes.replacen("{ to: stock }", "{ to: \n  }", 1);
        server.open(&name("complete"), &text);
        let offered = server.at(
            "textDocument/completion",
            &name("complete"),
            &text,
            "{ to: ",
        );
        let offered = offered["items"].as_array().unwrap();
        let label = |label: &str| offered.iter().find(|item| item["label"] == label);
        for consumer in ["audit", "billing", "stock"] {
            assert!(label(consumer).is_some(), "{consumer}: {offered:?}");
        }
        assert!(
            label("stock")
                .unwrap()
                .to_string()
                .contains("reserves the goods"),
            "{offered:?}"
        );
        let hover = server.at("textDocument/hover", &name("routes"), &routes, "timeou");
        assert!(
            hover
                .to_string()
                .contains("the longest time for one attempt"),
            "{hover}"
        );
    }
    tally.finish();
}
