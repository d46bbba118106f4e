//! The binary: everything it does is in [`huiying::cli`].

fn main() -> std::process::ExitCode {
    huiying::cli::main()
}
