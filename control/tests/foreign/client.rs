//! One conversation, held by each client in turn: all of them know the service by its
//! reflection only, and read its answers as JSON.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use prost::Message as _;
use routewright_schema::pb::{self, Mode, scalar::Kind, setting_value::Value as Is};
use routewright_tests::fixture;
use routewright_tests::tools::{Fetched, Tally, Tool, said};
use serde_json::{Value, json};

use super::*;

const SERVICE: &str = "routewright.v1.RouteService";

/// A client, pointed at an engine.
struct Client {
    tool: Fetched,
    address: SocketAddr,
}

impl Client {
    /// Calls `SERVICE/METHOD`.
    fn call(&self, method: &str, request: &Value) -> Value {
        let (address, request) = (self.address.to_string(), request.to_string());
        let mut command = self.tool.command();
        match self.tool.tool() {
            Tool::Buf => command
                .args(["curl", "--protocol=grpc", "--http2-prior-knowledge"])
                .args(["--data", &request, &format!("http://{address}/{method}")]),
            Tool::Grpcurl => command.args(["-plaintext", "-d", &request, &address, method]),
            Tool::Python => command.args([&beside("call.py"), &address, method, &request]),
            other @ (Tool::Promtool | Tool::YamlLanguageServer) => {
                panic!("{} calls nothing", other.name())
            }
        };
        let answer = said(&mut command).unwrap_or_else(|why| panic!("{method}: {why}"));
        serde_json::from_slice(&answer).unwrap()
    }

    fn status(&self) -> Value {
        self.call(&format!("{SERVICE}/GetStatus"), &json!({}))
    }

    fn push(&self, version: u64, spawn_rate: f64) -> Value {
        let scalar = pb::Scalar {
            kind: Some(Kind::FloatValue(spawn_rate)),
        };
        let map = pb::RouteMap {
            mode: Mode::Overlay.into(),
            version,
            reason: "quiet night".into(),
            settings: vec![pb::SettingValue {
                name: "spawn_rate".into(),
                value: Some(Is::Scalar(scalar)),
            }],
            ..Default::default()
        };
        let bytes = BASE64.encode(map.encode_to_vec());
        self.call(
            &format!("{SERVICE}/UpdateRouteMap"),
            &json!({ "routeMap": bytes }),
        )
    }
}

/// What it serves, as a JSON client sees it.
fn digest(cell: &'static Cell) -> Value {
    BASE64.encode(cell.load().raw().digest().0).into()
}

fn spawn_rate(cell: &'static Cell) -> f64 {
    fixture::settings(&cell.load()).spawn_rate()
}

#[test]
fn each_client_asks_pushes_is_refused_and_goes_back() {
    let runtime = Runtime::new().unwrap();
    let mut tally = Tally::new("foreign clients");
    for tool in [Tool::Buf, Tool::Grpcurl, Tool::Python] {
        let Some(tool) = tally.fetch(tool, cache()) else {
            continue;
        };
        let (cell, address) = engine(&runtime);
        converse(&Client { tool, address }, cell);
    }
    tally.finish();
}

fn converse(client: &Client, cell: &'static Cell) {
    let baseline = digest(cell);
    let health = client.call(
        "grpc.health.v1.Health/Check",
        &json!({ "service": SERVICE }),
    );
    assert_eq!(health, json!({ "status": "SERVING" }));
    let status = client.status();
    assert_eq!(status["source"], "SOURCE_BASELINE");
    assert_eq!(status["imageDigest"], baseline);
    assert_eq!(status["names"], cell.load().raw().entries().len());

    let applied = &client.push(1, 0.4)["applied"];
    assert_eq!(applied["servingVersion"], "1");
    assert_eq!(
        applied["changes"],
        json!([{ "kind": "setting", "name": "spawn_rate", "before": "0.3", "after": "0.4" }])
    );
    assert_eq!(spawn_rate(cell), 0.4);
    assert_ne!(digest(cell), baseline);
    assert_eq!(applied["imageDigest"], digest(cell));

    // A refusal is an answer: where, what, and the figures for programs.
    let refusal = &client.push(2, 0.9)["refusal"];
    let violation = &refusal["violations"][0];
    assert_eq!(refusal["violationCount"], 1, "{refusal}");
    assert_eq!(violation["path"], "settings.spawn_rate");
    assert_eq!(violation["code"], "step");
    let number = |name: &str| {
        let facts = violation["facts"].as_array().unwrap();
        let fact = facts.iter().find(|fact| fact["name"] == name);
        fact.unwrap_or_else(|| panic!("no {name}: {violation}"))["number"].as_f64()
    };
    assert_eq!((number("value"), number("served")), (Some(0.9), Some(0.4)));
    let message = violation["message"].as_str().unwrap();
    assert!(
        message.ends_with("0.2 to 0.8 would be accepted"),
        "{message}"
    );
    assert_eq!(spawn_rate(cell), 0.4);

    let status = client.status();
    assert_eq!(status["source"], "SOURCE_OVERRIDE");
    assert_eq!(status["servingVersion"], "1");
    assert_eq!(status["reason"], "quiet night");
    assert_eq!(status["imageDigest"], digest(cell));
    assert_eq!(status["baselineDigest"], baseline);

    let back = client.call(
        &format!("{SERVICE}/RollbackRouteMap"),
        &json!({ "previous": true }),
    );
    assert_eq!(back["applied"]["imageDigest"], baseline, "{back}");
    assert_eq!(digest(cell), baseline);
    assert_eq!(spawn_rate(cell), 0.3);
}
