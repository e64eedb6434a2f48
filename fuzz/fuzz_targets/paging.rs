//! A walk over pages from any starting token ends or asks for another page. Input: which paginator, maximum, then the
//! token, and after a line feed the JSON of the pages, one a line.
#![no_main]

use aws_call::paginate::{Merger, Pager, Paging};
use libfuzzer_sys::fuzz_target;
use value::{Map, Value};

const OPERATIONS: &[(&str, &str)] = &[
    ("ec2", "DescribeInstances"),
    ("s3", "ListObjectVersions"),
    ("dynamodb", "Query"),
    ("route53", "ListResourceRecordSets"),
    ("iam", "ListUsers"),
    ("logs", "FilterLogEvents"),
];

fuzz_target!(|data: &[u8]| {
    let mut data = data;
    let (service, operation) = OPERATIONS[fuzz::first(&mut data) % OPERATIONS.len()];
    let max_items = fuzz::first(&mut data);
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut lines = text.split('\n');
    let starting_token = lines.next().filter(|token| !token.is_empty()).map(str::to_owned);
    let service = fuzz::real(service);
    let model = service.operation(operation).expect("of the model");
    let paginator = service.paginator(operation).expect("it has pages");
    let max_items = (max_items < 128).then_some(max_items as u64);
    let paging = Paging { max_items, starting_token, page_size: (data.len() % 2 == 0).then_some(5) };
    let Ok(mut pager) = Pager::new(&service, model, paginator, &paging, Map::new()) else { return };
    let mut merger = Merger::default();
    for line in lines {
        if pager.request().is_none() {
            break;
        }
        let mut page = Value::from_json(line.as_bytes()).unwrap_or_default();
        if pager.accept(&mut page).is_err() {
            return;
        }
        merger.add(&pager, page);
    }
    let _ = pager.resume_token();
    merger.finish(&pager).to_json(value::JsonStyle::Compact);
});
