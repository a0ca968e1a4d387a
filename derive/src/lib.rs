//! The derive macro of `tunewright`.
