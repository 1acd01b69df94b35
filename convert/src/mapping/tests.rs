use super::Mapping;

/// The prelude is compiled with every mapping; a name that it does not know is a fault.
#[test]
fn the_prelude_uses_what_stands_before_it() {
    let mapping = Mapping::parse("m.jq", ".").expect("the prelude compiles");
    assert!(mapping.program.functions.len() > 60, "next to no prelude");
}
