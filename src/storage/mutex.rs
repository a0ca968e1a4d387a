use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks. A panic elsewhere leaves the data whole, because every change is made in one piece: code of the
/// application that panics does not make a study unusable.
pub(crate) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
