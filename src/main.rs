//! The `rollcall` command; see [`rollcall::cli`].

use std::process::ExitCode;
use tikv_jemallocator::Jemalloc;

#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

fn main() -> ExitCode {
    rollcall::cli::main()
}
