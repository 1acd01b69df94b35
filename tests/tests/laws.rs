//! The laws of the house, over generated definitions.

use proptest::prelude::*;
use routewright::{Image, Limits, RouteTable};
use routewright_schema::arbitrary;
use routewright_schema::format::{proto_write, yaml_write};
use routewright_schema::load::{load_proto_text, load_text};
use routewright_schema::lower::lower;
use routewright_schema::model::Definition;
use routewright_schema::route_map;
use routewright_tests::{naive, wire};

const LIMITS: Limits = Limits::DEFAULT;

/// Every name worth asking, answered by a table as a naive interpreter does.
fn answers_as_the_definition(
    table: &RouteTable<Image>,
    definition: &Definition,
    asked: &[&Definition],
) {
    let mut questions: Vec<String> = asked.iter().flat_map(|d| naive::questions(d)).collect();
    questions.sort();
    questions.dedup();
    for name in &questions {
        assert_eq!(
            naive::told(table.find(name)),
            naive::answer(definition, name),
            "{name:?}"
        );
    }
    for (at, name) in definition.events.iter().enumerate() {
        let route = table.at(at).expect("an event of the catalog");
        assert_eq!(route.name(), name);
        assert_eq!(
            naive::told(Some(route)),
            naive::answer(definition, name),
            "{name:?}"
        );
    }
    assert_eq!(naive::values(table), naive::settings(definition));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    /// Law 1: pushed or compiled, the same definition gives the same bytes, and they
    /// answer as the definition reads.
    #[test]
    fn a_complete_push_is_what_would_have_been_compiled(definition in arbitrary::definition()) {
        let Ok(compiled) = lower(&definition, &LIMITS) else { return Err(TestCaseError::reject("ties")) };
        answers_as_the_definition(&compiled, &definition, &[&definition]);
        RouteTable::open(compiled.as_image()).expect("what is written can be read");
        let mut map = route_map::complete(&definition, 1);
        map.catalog = compiled.fingerprint();
        prop_assume!(!route_map::is_empty(&map));
        let pushed = compiled.overridden(&route_map::encode(&map), &LIMITS).expect("a complete map of the same");
        prop_assert_eq!(pushed.as_image(), compiled.as_image());
        prop_assert_eq!(route_map::from_table(&compiled, 1), map);
    }

    /// Law 3: both spellings of a definition are one definition, and one image.
    #[test]
    fn spellings_give_the_same_image(definition in arbitrary::definition()) {
        let Ok(compiled) = lower(&definition, &LIMITS) else { return Err(TestCaseError::reject("ties")) };
        let (yaml, proto) = (yaml_write::write(&definition), proto_write::write(&definition));
        for (text, loaded) in [
            (&yaml, load_text("a.yaml", &yaml)),
            (&proto, load_proto_text("a.proto", &proto)),
        ] {
            let read = loaded.unwrap_or_else(|(sources, report)| panic!("{}{text}", report.render(&sources, false)));
            prop_assert_eq!(&read.definition, &definition, "{}", text);
            let image = lower(&read.definition, &LIMITS).expect("the same definition");
            prop_assert_eq!(image.as_image(), compiled.as_image());
        }
    }

    /// Law 2: the baseline under the overlay that leads to a definition answers every
    /// question as that definition.
    #[test]
    fn an_overlay_is_the_difference((base, next) in arbitrary::edits()) {
        let (Ok(compiled), Ok(wanted)) = (lower(&base, &LIMITS), lower(&next, &LIMITS)) else {
            return Err(TestCaseError::reject("ties"));
        };
        let overlay = route_map::overlay(&route_map::complete(&base, 1), &route_map::complete(&next, 2));
        if route_map::is_empty(&overlay) {
            prop_assert_eq!(compiled.as_image(), wanted.as_image());
            return Ok(());
        }
        let got = compiled.overridden(&route_map::encode(&overlay), &LIMITS).expect("an overlay to a good definition");
        answers_as_the_definition(&got, &next, &[&base, &next]);
        // More than the law asks: the same content is the same bytes, whichever way it came.
        prop_assert_eq!(got.as_image(), wanted.as_image());
    }

    /// In whatever order routes and fields stand, the push means the same: the way that is
    /// made short for the usual order leads where the long one does.
    #[test]
    fn the_order_of_a_push_does_not_matter((base, next) in arbitrary::edits()) {
        let (Ok(compiled), Ok(_)) = (lower(&base, &LIMITS), lower(&next, &LIMITS)) else {
            return Err(TestCaseError::reject("ties"));
        };
        let complete = route_map::complete(&next, 2);
        let overlay = route_map::overlay(&route_map::complete(&base, 1), &complete);
        for map in [complete, overlay] {
            let usual = route_map::encode(&map);
            let turned = compiled.overridden(&wire::turned(&usual), &LIMITS);
            let usual = compiled.overridden(&usual, &LIMITS);
            match (usual, turned) {
                (Ok(usual), Ok(turned)) => prop_assert_eq!(usual.as_image(), turned.as_image()),
                (Err(usual), Err(turned)) => prop_assert_eq!(usual.count(), turned.count()),
                (usual, turned) => prop_assert!(false, "{:?}, {:?}", usual.err(), turned.err()),
            }
        }
    }

    /// Bytes that were damaged on the way are refused or mean something; they never
    /// panic, and what is taken, an independent reader takes too.
    #[test]
    fn damaged_pushes_never_panic(
        (base, next) in arbitrary::edits(),
        flips in prop::collection::vec((any::<prop::sample::Index>(), 0u8..8), 1..4),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let Ok(compiled) = lower(&base, &LIMITS) else { return Err(TestCaseError::reject("ties")) };
        let mut bytes = route_map::encode(&route_map::complete(&next, 1));
        for (at, bit) in flips {
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        if let Ok(table) = compiled.overridden(&bytes, &LIMITS) {
            RouteTable::open(table.as_image()).expect("what is written can be read");
            prop_assert!(<routewright_schema::pb::RouteMap as prost::Message>::decode(&bytes[..]).is_ok());
        }
    }
}
