//! Definitions into `OUT_DIR/routes.rs`.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    routewright_codegen::Config::new().compile(&["routes"])
}
