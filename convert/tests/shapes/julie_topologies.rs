use crate::common::{converted, count};

const CASE: &str = "julie-topologies";

/// {topic, reader}, and {topic} of what nobody reads there: the rules of Julie's
/// documentation once more, without a thought for origins.
const READ: &str = r#"
    def list: arrays | .[];
    [., inputs | objects | select(.context)]
    | [.[]
       | . as $topology
       | ([.context] + [to_entries[]
          | select(.key | IN("context", "projects", "platform", "special_topics") | not) | .value]) as $prefix
       | (.projects | list
          | . as $project
          | (.topics | list
             | { topic: ($prefix + [$project.name, .name] + [.dataType // empty] | join(".")),
                 reader: (null, ($project.consumers, .consumers | list | .principal)) }),
            (.streams, .connectors, .ksql
             | (if type == "object" then .access_control else . end) | list | objects
             | { topic: .topics.read[]?, reader: .principal }, { topic: .topics.write[]?, reader: null },
               { topic: (.status_topic, .offset_topic, .configs_topic | values), reader: .principal })),
         (.special_topics | list | { topic: ([.name] + [.dataType // empty] | join(".")), reader: null }),
         (.platform.schema_registry.instances? | list | select(.topic) | { topic: .topic, reader: .principal })]
"#;

#[test]
fn counts() {
    let topologies = "[., inputs | objects | select(.context)]";
    assert_eq!(count(CASE, &format!("{topologies} | length")), 57);
    let declared = format!("[{topologies}[].projects[]?.topics[]?] | length");
    assert_eq!(count(CASE, &declared), 135);

    let counted = |then: &str| count(CASE, &format!("{READ} | {then} | length"));
    let topics = counted("map(.topic) | unique");
    let pairs = counted("map(select(.reader)) | unique");
    let readers = counted("map(.reader | values) | unique");
    assert_eq!((topics, pairs, readers), (80, 105, 13));

    let (definition, report) = converted(CASE);
    assert_eq!(definition.events.len(), topics);
    assert_eq!(report.counts.pairs, pairs);
    assert_eq!(definition.consumers.len(), readers);
    let dropped = definition.routes.values();
    let dropped = dropped.filter(|route| route.target.drop.is_some()).count();
    assert_eq!(
        dropped,
        counted("group_by(.topic) | map(select(all(.[]; .reader == null)))")
    );
}

/// A principal that writes is no consumer, but is told.
#[test]
fn who_writes_is_documented() {
    let (definition, _) = converted(CASE);
    let route = &definition.routes["context.company.env.source.projectA.foo"];
    assert_eq!(route.target.to, ["user-app0", "user-app1"]);
    assert_eq!(route.doc, "written by User:App3, User:App4");
}

/// Old and sparse topologies: `team`, names that are numbers, text where lists may stand,
/// topics without a project.
#[test]
fn sparse_topologies() {
    let (definition, report) = converted("julie-topologies+team");
    let to = |name: &str| definition.routes[name].target.to.clone();
    assert_eq!(to("sales.7.orders"), ["user-a", "user-b", "user-c"]);
    assert_eq!(definition.routes["sales.7.orders"].doc, "written by User:F");
    assert_eq!(to("sales.7.x.avro"), ["user-a", "user-b", "user-d"]);
    assert_eq!(to("raw"), ["user-g"]);
    let everything = report.cannot.iter().filter(|f| f.text == "\"*\"");
    assert_eq!(everything.count(), 1, "all topics have no name");
}
