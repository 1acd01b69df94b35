use std::path::PathBuf;

use routewright_convert::document::collect;
use routewright_convert::mapping::Mapping;
use routewright_convert::run::convert;

use crate::common::{converted, count, folder, program};

/// Both files have a root, three nodes below it and four below those.
#[test]
fn counts() {
    for case in ["alertmanager", "alertmanager+good"] {
        assert_eq!(count(case, "[.route | recurse(.routes[]?)] | length"), 8);
        assert_eq!(
            count(
                case,
                "[paths | map(select(. == \"routes\")) | length] | max + 1"
            ),
            3
        );
        let (definition, report) = converted(case);
        // The root, two nodes with equal labels and their three; a regular expression and
        // what is below it.
        assert!(definition.fallback.is_some());
        assert_eq!(definition.events.len(), 5);
        let conditions = report.cannot.iter().filter(|f| f.why.contains("condition"));
        assert_eq!(conditions.count(), 2);
        let continues = count(case, "[.. | objects | .continue? | select(.)] | length");
        let told = report
            .cannot
            .iter()
            .filter(|f| f.why.starts_with("later nodes"));
        assert_eq!(told.count(), continues);
    }
}

/// All files of Alertmanager that have a tree of routes, each by itself: 49 of 52, in which
/// 85 nodes are told or have their receiver.
#[test]
fn every_tree() {
    let case = "alertmanager+testdata";
    let trees = "[., inputs | objects | select(.route.receiver?)]";
    assert_eq!(count(case, "[., inputs] | length"), 52);
    assert_eq!(count(case, &format!("{trees} | length")), 49);
    let nodes = format!("[{trees}[].route | recurse(.routes[]?)] | length");
    assert_eq!(count(case, &nodes), 85);

    let text = program(case);
    let mapping = Mapping::parse(case, &text).expect("a mapping");
    let input = collect(&[folder(case).join("input")], &mut |_, _| {}).expect("readable files");
    let (mut trees, mut without) = (0, 0);
    for file in input.sources.ids() {
        let path = PathBuf::from(input.sources.name(file));
        let corpus = collect(&[path], &mut |_, _| {}).expect("a readable file");
        let conversion = convert(&corpus, &mapping, "tree");
        assert!(conversion.report.is_complete(), "{}", conversion.report);
        match conversion.definition {
            Some(definition) => {
                trees += 1;
                let fallback = definition.fallback.expect("the root");
                assert!(!fallback.target.to.is_empty());
            }
            None => without += 1,
        }
    }
    assert_eq!((trees, without), (49, 3));
}

/// The first node that matches answers, after `continue` the next as well, and one without
/// a condition takes the rest.
#[test]
fn order_counts() {
    let (definition, _) = converted("alertmanager+order");
    let to = |name: &str| definition.routes[name].target.to.clone();
    assert_eq!(to("team=a.severity=critical"), ["a", "a-crit"]);
    assert_eq!(to("team=a"), ["a"], "the second of the same is never asked");
    assert_eq!(to("owner=x"), ["catchall", "x"]);
    assert_eq!(to("unreachable=yes"), ["catchall"]);
    let fallback = definition.fallback.as_ref().expect("a fallback");
    assert_eq!(fallback.target.to, ["catchall"], "not the root");
    for (name, route) in &definition.routes {
        assert!(!route.target.to.iter().any(|to| to == "never"), "{name}");
    }
}
