//! The doors: they convert what comes in, hand it on, and convert the answer. No door decides anything.

pub(crate) mod body;
pub(crate) mod console;
pub(crate) mod http;
pub(crate) mod lambda;
pub(crate) mod signing;
pub(crate) mod slack;
