use crate::common::{converted, count, results, told};

/// The counts are those that independent readers gave: 46 rules, of which one does not say
/// whether it is on, and is off to StackStorm. Each is a route, or told.
#[test]
fn counts() {
    let case = "stackstorm";
    let counted = |then: &str| count(case, &format!("[., inputs] | {then} | length"));
    assert_eq!(counted("."), 46);
    assert_eq!(counted("map(select(.enabled == true))"), 40);
    assert_eq!(counted("map(select(.enabled == false))"), 5);
    assert_eq!(counted("map(select(has(\"enabled\") | not))"), 1);

    let (definition, report) = converted(case);
    let routed = results(case, "map(select(.event)) | length");
    let reasons = [
        "rules of one trigger ask",
        "no other rule of the trigger",
        "a rule without an action",
    ];
    let told = |words: &str| told(&report, words);
    assert_eq!(routed + reasons.map(told).iter().sum::<usize>(), 46);
    // Those that are off reach nobody, except where another rule of the event is on.
    let reasons = definition
        .routes
        .values()
        .filter_map(|route| route.target.drop.as_ref());
    let off = reasons.filter(|reason| reason.starts_with("off in the source"));
    assert_eq!(off.count() + told("it is off, and other rules"), 5);
}

/// What rules ask for is a part of the name of an event where all of them ask for the same.
#[test]
fn criteria() {
    let (definition, report) = converted("stackstorm");
    let asked = &definition.routes["core.st2.webhook.url=sample.trigger.body.name=st2"];
    assert_eq!(asked.target.to, ["core-local"]);
    assert_eq!(told(&report, "a second rule runs the same action"), 5);
}

/// What the sample does not show: lists as parameters, names of triggers as they were
/// written at first, `on` for true.
#[test]
fn unusual() {
    let (definition, report) = converted("stackstorm+unusual");
    let pushed =
        "git.push.branches=[\"main\",\"rel.1\"].repository=https://x/y.git.trigger.branch=main";
    assert_eq!(definition.routes[pushed].target.to, ["ci-build"]);
    assert_eq!(definition.routes["old.trigger"].target.to, ["b"]);
    assert_eq!(told(&report, "other than that values are equal"), 4);
}
