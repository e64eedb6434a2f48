//! Makes calls without parameters and prints their answers: `ask http://127.0.0.1:5000 sts:GetCallerIdentity …`.
#![expect(clippy::print_stdout, reason = "an example shows what it gets")]

use std::sync::Arc;
use std::time::Instant;

use aws_call::credentials::StaticCredentials;
use aws_call::{Call, CallOptions, Client, Credentials};
use aws_model::Catalog;
use value::{JsonStyle, Map};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut words = std::env::args().skip(1);
    let endpoint = words.next().ok_or("say where: an endpoint's URL")?;
    let catalog = Catalog::embedded();
    let client = Client::new(catalog.clone());
    let credentials = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
    let options = CallOptions { endpoint_url: Some(endpoint), ..CallOptions::in_region("us-east-1") }
        .with_credentials(Arc::new(StaticCredentials::new(credentials)));
    for word in words {
        let (service, operation) = word.split_once(':').ok_or("say what: service:Operation")?;
        let call = Call::new(catalog.open(service)?, operation, Map::new());
        let start = Instant::now();
        match client.call(&call, &options).await {
            Ok(answer) => println!("{word} {:?} {}", start.elapsed(), answer.value.to_json(JsonStyle::Line)),
            Err(error) => println!("{word} failed: {error:?}"),
        }
    }
    Ok(())
}
