//! AWS's shared configuration files.

/// The endpoint that environment and configuration name for a service (stub).
pub fn endpoint_url() {}
