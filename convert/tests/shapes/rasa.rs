use crate::common::{converted, count, results, told};

/// The counts that independent readers gave are those of `domain.yml` and of `rules.yml`;
/// `rules_handoff.yml` has four further rules. Each intent is an event, or told.
#[test]
fn counts() {
    let case = "rasa";
    let counted = |then: &str| count(case, &format!("[., inputs] | {then} | length"));
    assert_eq!(counted("[.[].intents? // [] | .[]]"), 22);
    assert_eq!(counted("[.[].actions? // [] | .[]]"), 18);
    assert_eq!(counted("[.[].rules? // [] | .[]]"), 16 + 4);
    assert_eq!(counted("[.[].rules? // [] | select(length > 4) | .[]]"), 16);

    let (definition, report) = converted(case);
    assert_eq!(results(case, "map(select(.consumer)) | length"), 18);
    assert_eq!(
        definition.events.len() + told(&report, "no rule says what follows"),
        22
    );
    let conditional = told(&report, "more than that an intent comes");
    assert_eq!(
        results(case, "map(select(.event)) | length") + conditional,
        16 + 4
    );
    let stories = counted("[.[].stories? // [] | .[]]");
    assert_eq!(told(&report, "a story"), stories);
    let greet = &definition.routes["greet"].target.to;
    assert_eq!(
        greet,
        &["utter_greet", "utter_help"],
        "in the order of the rule"
    );
}

/// What the sample does not show: actions that the domain names for an intent, rules about
/// entities, words and the start of a conversation.
#[test]
fn unusual() {
    let (definition, report) = converted("rasa+unusual");
    assert_eq!(
        definition.routes["ask_time"].target.to,
        ["action_tell_time"]
    );
    assert_eq!(
        definition.routes["chitchat"].target.to,
        ["utter_chitchat", "utter_more"]
    );
    let own = &definition.consumers["utter_greet"].address;
    assert_eq!(own, "utter_greet", "no server runs what an assistant says");
    let strict = told(&report, "more than that an intent comes");
    assert_eq!(strict, 9);
}
