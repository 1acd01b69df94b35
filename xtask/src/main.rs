//! `cargo xtask` of this repository, and the pattern for yours.

fn main() -> std::process::ExitCode {
    routewright_xtask::main()
}
