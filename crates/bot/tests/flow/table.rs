//! A table of DynamoDB, as moto plays it, in place of the store in a file.

use std::sync::Arc;

use aws_call::credentials::StaticCredentials;
use aws_call::{CallOptions, Client, Credentials};
use store::Store;
use store::dynamodb::DynamoStore;
use testkit::Aws;

/// The name of the table; each test has a DynamoDB of its own.
const NAME: &str = "bellhop";

/// The table.
pub(crate) struct Table(Aws);

impl Table {
    /// A new one.
    pub(crate) async fn start() -> Table {
        let table = Table(Aws::in_turn().await.expect("a local AWS"));
        table.opened().create_table().await.expect("a table");
        table
    }

    fn opened(&self) -> DynamoStore {
        let credentials = StaticCredentials::new(Credentials::new("AKIDTEST", "test-secret-key"));
        let options = CallOptions {
            endpoint_url: Some(self.0.url().to_owned()),
            ..CallOptions::in_region("us-east-1")
        };
        let client = Client::new(aws_model::Catalog::embedded());
        DynamoStore::new(client, options.with_credentials(Arc::new(credentials)), NAME).expect("a store")
    }

    /// The store in it, as a process that starts sees it.
    pub(crate) fn store(&self) -> Arc<dyn Store> {
        Arc::new(self.opened())
    }
}
