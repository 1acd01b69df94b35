//! Compiles the generated names to images, which are linked as those of users are.

#[path = "src/definition.rs"]
#[allow(dead_code, reason = "the bench uses all of it")]
mod definition;
#[path = "src/names.rs"]
#[allow(dead_code, reason = "the bench uses all of it")]
mod names;

use std::fmt::Write as _;
use std::path::PathBuf;

fn main() {
    println!("cargo::rerun-if-changed=src/names.rs");
    println!("cargo::rerun-if-changed=src/definition.rs");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo says where"));
    let mut code = String::new();
    for count in names::SIZES {
        let (known, _) = names::names(count);
        let table = definition::table(known.iter().map(String::as_str));
        std::fs::write(out.join(format!("{count}.img")), table.as_image()).expect("written");
        let (bytes, fingerprint) = (table.as_image().len(), table.fingerprint());
        let digest = table.digest();
        writeln!(
            code,
            "/// The linked image of {count} names.\n\
             pub type Names{count} = Generated<{count}, {fingerprint:#x}>;\n\
             static IMAGE_{count}: Aligned<[u8; {bytes}]> =\n    \
             Aligned(*include_bytes!(\"{count}.img\"));\n\
             /// The baseline of {count} names.\n\
             pub static TABLE_{count}: Table<Names{count}> = Table::linked(&IMAGE_{count}.0, 0x{digest});\n"
        )
        .expect("written");
    }
    std::fs::write(out.join("images.rs"), code).expect("written");
}
