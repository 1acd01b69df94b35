//! Route maps that other people's protobuf has written, from the committed `.proto`
//! files alone: an engine answers as if our own writer had.

use std::fs;

use prost::Message as _;
use routewright::Limits;
use routewright_control::client::BlockingClient;
use routewright_schema::load::load_text;
use routewright_schema::lower::lower;
use routewright_schema::model::Definition;
use routewright_schema::pb::update_route_map_response::Outcome;
use routewright_schema::route_map::complete;
use routewright_tests::naive;
use routewright_tests::tools::{Tally, Tool, said};

use super::*;

/// What both say.
fn tonight() -> Definition {
    let text = fs::read_to_string(beside("tonight.yaml")).unwrap();
    match load_text("tonight.yaml", &text) {
        Ok(loaded) => loaded.definition,
        Err((sources, report)) => panic!("{}", report.render(&sources, false)),
    }
}

#[test]
fn a_route_map_written_by_python_gives_the_same_answers() {
    let mut tally = Tally::new("route maps written by python");
    if let Some(python) = tally.fetch(Tool::Python, cache()) {
        let scratch = cache().join(format!("route_map-{}", std::process::id()));
        fs::create_dir_all(&scratch).unwrap();
        let mut command = python.command();
        command
            .args([beside("route_map.py"), protos()])
            .arg(&scratch);
        let theirs = said(&mut command).unwrap();
        fs::remove_dir_all(&scratch).unwrap();
        answers_as_ours(theirs);
    }
    tally.finish();
}

/// Over the wire into one cell, ours into another: the same image, which is the one that
/// the definition compiles to; and the answers that a naive reading of it gives.
fn answers_as_ours(theirs: Vec<u8>) {
    let definition = tonight();
    let ours = complete(&definition, 1).encode_to_vec();
    assert_ne!(
        theirs, ours,
        "an order of its own, or the test shows little"
    );

    let runtime = Runtime::new().unwrap();
    let (cell, address) = engine(&runtime);
    let mut client = BlockingClient::connect(&format!("http://{address}")).unwrap();
    let Some(Outcome::Applied(applied)) = client.push(theirs, false).unwrap().outcome else {
        panic!("refused");
    };
    let own = Cell::new(&fixture::TABLE);
    own.publish(&ours).unwrap();

    assert_ne!(applied.image_digest, fixture::TABLE.raw().digest().0);
    assert_eq!(applied.image_digest, own.reader().load().raw().digest().0);
    let compiled = lower(&definition, &Limits::DEFAULT).unwrap();
    assert_eq!(applied.image_digest, compiled.digest().0);
    assert_eq!(client.status().unwrap().image_digest, applied.image_digest);

    let table = cell.load();
    let questions = naive::questions(&definition);
    assert!(questions.len() > 20, "{questions:?}");
    for name in &questions {
        let told = naive::told(table.raw().find(name));
        assert_eq!(told, naive::answer(&definition, name), "{name:?}");
    }
}

/// From our bytes to JSON and back: every field has the name and the type that the
/// `.proto` files say.
#[test]
fn buf_reads_and_writes_our_route_map() {
    let mut tally = Tally::new("route maps converted by buf");
    if let Some(buf) = tally.fetch(Tool::Buf, cache()) {
        let ours = complete(&tonight(), 1).encode_to_vec();
        let scratch = cache().join(format!("convert-{}", std::process::id()));
        fs::create_dir_all(&scratch).unwrap();
        let (binpb, json) = (scratch.join("map.binpb"), scratch.join("map.json"));
        fs::write(&binpb, &ours).unwrap();
        let convert = |from: &Path| {
            let mut command = buf.command();
            command
                .args(["convert", &protos(), "--type=routewright.v1.RouteMap"])
                .arg("--from")
                .arg(from);
            command
        };
        let text = said(convert(&binpb).arg("--to=-#format=json")).unwrap();
        fs::write(&json, &text).unwrap();
        let back = said(convert(&json).arg("--to=-#format=binpb")).unwrap();
        fs::remove_dir_all(&scratch).unwrap();
        assert_eq!(back, ours);

        let map: serde_json::Value = serde_json::from_slice(&text).unwrap();
        assert_eq!(map["mode"], "MODE_COMPLETE");
        assert_eq!(map["routes"][0]["name"], "chat.**");
        assert_eq!(map["routes"][0]["timeoutNs"], "250000000");
    }
    tally.finish();
}
