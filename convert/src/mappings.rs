//! The mappings that come with the tool. Each is a program as users write them; there is
//! no code for any shape.

/// Name and text of each.
pub const SHIPPED: &[(&str, &str)] = &[
    ("gerritbot", include_str!("../mappings/gerritbot.jq")),
    (
        "symfony-messenger",
        include_str!("../mappings/symfony-messenger.jq"),
    ),
];

/// The text of that one.
pub fn find(name: &str) -> Option<&'static str> {
    let found = SHIPPED.iter().find(|(shipped, _)| *shipped == name);
    found.map(|(_, text)| *text)
}
