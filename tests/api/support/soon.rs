//! For tests that would hang if they failed.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// Far more than any of these tests takes.
const LIMIT: Duration = Duration::from_secs(60);

/// Runs a test on a thread of its own and fails if it does not end.
pub(crate) fn soon<T: Send + 'static>(test: impl FnOnce() -> T + Send + 'static) -> T {
    let (send, receive) = mpsc::channel();
    let running = thread::spawn(move || {
        let _ = send.send(test());
    });
    match receive.recv_timeout(LIMIT) {
        Ok(result) => result,
        Err(mpsc::RecvTimeoutError::Timeout) => panic!("it hangs"),
        Err(mpsc::RecvTimeoutError::Disconnected) => match running.join() {
            Err(panic) => std::panic::resume_unwind(panic),
            Ok(()) => panic!("no result"),
        },
    }
}
