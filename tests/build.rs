//! Turns `cfg(loom)` on for this package alone, so that the swap is checked by plain
//! `cargo test` and everything else is built as usual.

fn main() {
    println!("cargo::rustc-cfg=loom");
    println!("cargo::rerun-if-changed=build.rs");
}
