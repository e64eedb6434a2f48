//! botocore's published protocol vectors, run whole against the serializers and parsers.
//!
//! The vectors are no part of this repository: `cargo xtask models --vectors` unpacks them below `target/`. A suite fails
//! when a case fails that it does not list as skipped, and when a listed case passes: the lists may only shrink.

#![expect(clippy::disallowed_methods, reason = "the vectors are files, and the environment may say where")]

mod cbor;
mod input;
mod output;
mod pairs;
mod sdist;
