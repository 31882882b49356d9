//! The `hydraulics` command.

use std::{io::Write, process::ExitCode, time::Duration};

use tokio::runtime::Builder;

/// Gives back the memory of a password that was hashed, and of an answer that was large. With the C
/// library's allocator fifty accounts that are made leave hundreds of megabytes behind.
#[cfg(not(target_env = "msvc"))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Password hashing and image decoding run on blocking threads and take much memory each, so there
/// are few.
const BLOCKING_THREADS: usize = 16;

fn main() -> ExitCode {
    let runtime = Builder::new_multi_thread()
        .enable_all()
        .max_blocking_threads(BLOCKING_THREADS)
        .build();
    match runtime {
        Ok(runtime) => {
            let code = runtime.block_on(hydraulics::cli::run());
            runtime.shutdown_timeout(Duration::from_secs(5));
            code
        }
        Err(error) => {
            let _ = writeln!(
                std::io::stderr(),
                "error: failed to start the async runtime: {error}"
            );
            ExitCode::FAILURE
        }
    }
}
