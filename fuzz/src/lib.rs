//! Services that targets read answers of and make requests to: a small one that has a little of everything, spoken in
//! each protocol, and real ones.

use std::sync::{Arc, LazyLock};

use aws_model::{Catalog, Service};

/// The operations of the model's own services.
pub const MODEL: &str = include_str!("everything.json");

static CATALOG: LazyLock<Catalog> = LazyLock::new(Catalog::embedded);

/// The embedded models.
pub fn catalog() -> &'static Catalog {
    &CATALOG
}

/// A real service.
pub fn real(name: &str) -> Arc<Service> {
    CATALOG.open(name).expect("an embedded service")
}

/// The made-up service, speaking `protocol`.
pub fn made_up(protocol: &str) -> Arc<Service> {
    let model = MODEL.replacen("PROTOCOL", protocol, 1);
    Arc::new(Service::from_json("everything", model.as_bytes()).expect("the made-up model"))
}

/// Takes the first byte of the input, 0 at its end.
pub fn first(data: &mut &[u8]) -> usize {
    let Some((first, rest)) = data.split_first() else { return 0 };
    *data = rest;
    usize::from(*first)
}
