//! What must not compile does not, for the reason that was meant; beside each stands a
//! twin that does, so that none of them fails of something else.

#[test]
fn misuse_does_not_compile() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/misuse/pass/*.rs");
    cases.compile_fail("tests/misuse/fail/*.rs");
}
