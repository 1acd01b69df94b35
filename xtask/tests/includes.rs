//! `--include` of verbs that open two artefacts.

mod common;

use common::Folder;

fn shop(to: &str) -> String {
    format!(
        "syntax = \"proto3\";
package shop;
import \"routewright/v1/options.proto\";
import \"money.proto\";
option (routewright.v1.definition) = {{
  version: 1
  consumers {{ name: \"mail\" local: true }}
  consumers {{ name: \"audit\" local: true }}
  routes {{ event: \"other\" to: \"mail\" to: \"audit\" }}
}};
message OrderPaid {{
  option (routewright.v1.route) = {{ event: \"order.paid\" to: \"{to}\" }};
  money.Amount amount = 1;
}}
"
    )
}

#[test]
fn two_artefacts_with_imports() {
    let folder = Folder::new("includes");
    let money = "syntax = \"proto3\";\npackage money;\nmessage Amount { int64 cents = 1; }\n";
    folder
        .write("old/shop.proto", &shop("mail"))
        .write("new/shop.proto", &shop("audit"))
        .write("lib/money.proto", money);
    for verb in [
        &["diff", "old", "new", "--format", "json"][..],
        &["graph", "--diff", "old", "new", "--to", "json"],
    ] {
        let err = folder.run(verb).bad(1);
        assert!(err.contains("money.proto"), "{err}");
        let ran = folder.run(&[verb, &["-I", "lib"]].concat());
        assert!(
            ran.err.is_empty() && ran.out.contains("order.paid"),
            "{ran:?}"
        );
    }
    folder
        .run(&["graph", "new", "-I", "lib", "--to", "dot"])
        .good();
    let err = folder.run(&["graph", "-I", "lib"]).bad(2);
    assert!(err.contains("--diff"), "{err}");
}
