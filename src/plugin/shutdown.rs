//! The end of the process.

use std::io;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Between the last answer and the exit, for the answer to leave.
pub(super) const FAREWELL: Duration = Duration::from_millis(2);

/// Watches the signals of the process.
///
/// Ctrl-C reaches the whole process group. Under Terraform it is not for us: Terraform asks us to stop in its own words, and a
/// plugin that died of it would take the state of what it is making with it. When a person started the process it is the way to
/// end it.
pub(super) fn watch_signals(interrupt_ends: bool, ended: CancellationToken) -> io::Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::spawn(async move {
        loop {
            tokio::select! {
                Some(()) = interrupt.recv() => if interrupt_ends { ended.cancel() },
                Some(()) = terminate.recv() => ended.cancel(),
                else => return,
            }
        }
    });
    Ok(())
}
