//! The binary `tiebreak`; everything it does is in the library beside it.

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// Records are many small texts, made and dropped by several threads at once, on which the system's allocator spends more
/// time than on reading them.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    server::cli::main()
}
