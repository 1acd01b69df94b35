use std::path::PathBuf;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let out = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("not run by cargo")?);
    for catalog in ["orders", "stock"] {
        routewright_codegen::Config::new()
            .out_dir(out.join(catalog))
            .compile(&[catalog])?;
    }
    Ok(())
}
