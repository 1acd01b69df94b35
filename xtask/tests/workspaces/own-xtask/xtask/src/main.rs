fn main() -> std::process::ExitCode {
    routewright_xtask::main()
}
