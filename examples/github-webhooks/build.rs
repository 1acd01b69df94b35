//! Definitions into `OUT_DIR/routes.rs`.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Temporary: `routes` itself, as soon as `.proto` definitions are read.
    routewright_codegen::Config::new().compile(&["routes-tmp"])
}
