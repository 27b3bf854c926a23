//! The `rollcall` command; see [`rollcall::cli`].

use std::process::ExitCode;

/// Gives memory back after a burst, where the system's allocator keeps it (docs/reliability.md, Memory).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    rollcall::cli::main()
}
