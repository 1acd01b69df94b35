//! Route maps say what definitions and tables say.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use routewright_schema::arbitrary::{definition, edits};
use routewright_schema::lower::lower;
use routewright_schema::{pb, route_map};

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_table_holds_what_the_complete_map_says(definition in definition()) {
        let table = lower(&definition, &routewright::Limits::DEFAULT);
        prop_assume!(table.is_ok());
        let table = table.expect("assumed");
        let wanted = pb::RouteMap { catalog: table.fingerprint(), ..route_map::complete(&definition, 3) };
        prop_assert_eq!(route_map::from_table(&table, 3), wanted);
    }

    #[test]
    fn an_overlay_is_the_difference((base, next) in edits()) {
        let (from, to) = (route_map::complete(&base, 1), route_map::complete(&next, 2));
        let overlay = route_map::overlay(&from, &to);
        prop_assert_eq!(route_map::is_empty(&overlay), says(&from) == says(&to));
        prop_assert_eq!(overlay.mode(), pb::Mode::Overlay);
        prop_assert_eq!(overlay.version, 2);
        prop_assert!(used(&overlay).iter().eq(&overlay.consumers), "exactly the consumers that it uses");

        // Laid over by name, entry by entry.
        let (mut base, over) = (says(&from), says(&overlay));
        for name in &overlay.removals {
            prop_assert!(base.routes.remove(name).is_some(), "{name} was there");
        }
        base.routes.extend(over.routes);
        base.settings.extend(over.settings);
        base.fallback = if overlay.clear_fallback { None } else { over.fallback.or(base.fallback) };
        prop_assert_eq!(base, says(&to));
    }
}

/// What a map says, consumers by name.
#[derive(Debug, PartialEq)]
struct Says {
    routes: BTreeMap<String, String>,
    settings: BTreeMap<String, String>,
    fallback: Option<String>,
}

fn says(map: &pb::RouteMap) -> Says {
    let name = |at: u32| map.consumers[at as usize].as_str();
    let route = |route: &pb::ResolvedRoute| {
        let to: Vec<&str> = route.to.iter().map(|at| name(*at)).collect();
        let split: Vec<_> = route
            .split
            .iter()
            .map(|arm| (name(arm.to), arm.weight))
            .collect();
        let mirror: Vec<_> = route
            .mirror
            .iter()
            .map(|m| (name(m.to), m.share_ppm))
            .collect();
        let bare = pb::ResolvedRoute {
            to: vec![],
            split: vec![],
            mirror: vec![],
            ..route.clone()
        };
        format!("{to:?} {split:?} {mirror:?} {bare:?}")
    };
    Says {
        routes: map
            .routes
            .iter()
            .map(|r| (r.name.clone(), route(r)))
            .collect(),
        settings: map
            .settings
            .iter()
            .map(|s| (s.name.clone(), format!("{:?}", s.value)))
            .collect(),
        fallback: map.fallback.as_ref().map(route),
    }
}

fn used(map: &pb::RouteMap) -> BTreeSet<String> {
    let routes = map.routes.iter().chain(&map.fallback);
    let at = routes.flat_map(|r| {
        r.to.iter()
            .chain(r.split.iter().map(|a| &a.to))
            .chain(r.mirror.iter().map(|m| &m.to))
    });
    at.map(|at| map.consumers[*at as usize].clone()).collect()
}
