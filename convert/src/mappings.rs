//! The mappings that come with the tool. Each is a program as users write them; there is
//! no code for any shape.

/// Name and text of each.
pub const SHIPPED: &[(&str, &str)] = &[
    ("alertmanager", include_str!("../mappings/alertmanager.jq")),
    ("argo-events", include_str!("../mappings/argo-events.jq")),
    ("asyncapi", include_str!("../mappings/asyncapi.jq")),
    ("benthos", include_str!("../mappings/benthos.jq")),
    ("ceilometer", include_str!("../mappings/ceilometer.jq")),
    ("dapr", include_str!("../mappings/dapr.jq")),
    ("gerritbot", include_str!("../mappings/gerritbot.jq")),
    ("istio", include_str!("../mappings/istio.jq")),
    (
        "julie-topologies",
        include_str!("../mappings/julie-topologies.jq"),
    ),
    (
        "k8s-event-exporter",
        include_str!("../mappings/k8s-event-exporter.jq"),
    ),
    ("knative", include_str!("../mappings/knative.jq")),
    ("kong-deck", include_str!("../mappings/kong-deck.jq")),
    ("rasa", include_str!("../mappings/rasa.jq")),
    ("serverless", include_str!("../mappings/serverless.jq")),
    ("settings", include_str!("../mappings/settings.jq")),
    ("stackstorm", include_str!("../mappings/stackstorm.jq")),
    (
        "symfony-messenger",
        include_str!("../mappings/symfony-messenger.jq"),
    ),
    (
        "temporal-dynamicconfig",
        include_str!("../mappings/temporal-dynamicconfig.jq"),
    ),
];

/// The text of that one.
pub fn find(name: &str) -> Option<&'static str> {
    let found = SHIPPED.iter().find(|(shipped, _)| *shipped == name);
    found.map(|(_, text)| *text)
}
