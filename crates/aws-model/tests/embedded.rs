//! What the binary carries: every service opens, every reference resolves, and facts are as the models have them.
#![expect(clippy::unwrap_used, reason = "a test may fail at once")]

use aws_model::{Catalog, Location, Operation, Protocol, Service, ShapeKind, TimestampFormat};
use value::Value;

/// The line `counts` of the pin: reviewed with each new pin.
fn pinned(name: &str) -> usize {
    let pin = include_str!("../botocore.pin");
    let line = pin.lines().find_map(|line| line.strip_prefix("counts ")).unwrap();
    line.split(' ').find_map(|word| word.strip_prefix(name)?.strip_prefix('=')).unwrap().parse().unwrap()
}

fn pinned_version() -> &'static str {
    let pin = include_str!("../botocore.pin");
    pin.lines().find_map(|line| line.strip_prefix("wheel ")).unwrap().split_whitespace().next().unwrap()
}

fn open(name: &str) -> std::sync::Arc<Service> {
    Catalog::embedded().open(name).unwrap()
}

fn op<'a>(service: &'a Service, name: &str) -> &'a Operation {
    service.operation(name).unwrap_or_else(|| panic!("{} has no {name}", service.name()))
}

#[test]
fn every_service_opens_and_every_reference_resolves() {
    let catalog = Catalog::embedded();
    let (mut services, mut operations) = (0, 0);
    for name in catalog.names() {
        let service = catalog.open(&name).unwrap();
        service.verify().unwrap();
        services += 1;
        assert!(!service.endpoint_rules().is_null(), "{name} has endpoint rules");
        for operation in service.operation_names() {
            let operation = op(&service, operation);
            operations += 1;
            for id in operation.input.iter().chain(&operation.output).chain(&operation.errors) {
                assert!(!service.shape(*id).name.is_empty(), "{name} {}", operation.name);
            }
            if let Some(pages) = service.paginator(&operation.name) {
                assert!(!pages.input_tokens.is_empty(), "{name} {}", operation.name);
                assert_eq!(pages.input_tokens.len(), pages.output_tokens.len());
            }
        }
        for waiter in service.waiters() {
            assert!(service.operation(&waiter.operation).is_some(), "{name} {}", waiter.name);
            assert!(!waiter.acceptors.is_empty() && waiter.max_attempts > 0, "{name} {}", waiter.name);
        }
    }
    // Another wheel may be built in for a while, to replay what was recorded with it.
    if catalog.version() == pinned_version() {
        assert_eq!((services, operations), (pinned("services"), pinned("operations")));
    }
}

#[test]
fn names_are_sorted_and_found() {
    let catalog = Catalog::embedded();
    assert!(catalog.names().is_sorted());
    let service = open("ec2");
    assert!(service.operation_names().is_sorted());
    assert!(service.operation("DescribeInstances").is_some());
    for absent in ["", "describeInstances", "DescribeInstance", "Zzz"] {
        assert!(service.operation(absent).is_none(), "{absent}");
    }
    for absent in ["", "EC2", "ec", "zzz", "../ec2"] {
        assert!(catalog.open(absent).is_err(), "{absent}");
    }
}

#[test]
fn facts_of_services() {
    let table = [
        ("sts", Protocol::Query, None, Some("sts.amazonaws.com"), "STS"),
        ("ec2", Protocol::Ec2, None, None, "EC2"),
        ("dynamodb", Protocol::Json, Some("1.0"), None, "DynamoDB"),
        ("ecs", Protocol::Json, Some("1.1"), None, "ECS"),
        ("lambda", Protocol::RestJson, None, None, "Lambda"),
        ("s3", Protocol::RestXml, None, Some("s3.amazonaws.com"), "S3"),
        ("sqs", Protocol::Json, Some("1.0"), None, "SQS"),
        ("eks", Protocol::RestJson, None, None, "EKS"),
    ];
    for (name, protocol, json_version, global_endpoint, id) in table {
        let service = open(name);
        let facts = service.metadata();
        assert_eq!(facts.protocol, protocol, "{name}");
        if facts.protocol == Protocol::Json {
            assert_eq!(facts.json_version.as_deref(), json_version, "{name}");
        }
        assert_eq!(facts.global_endpoint.as_deref(), global_endpoint, "{name}");
        assert_eq!(facts.service_id.as_str(), id, "{name}");
    }
    assert!(open("sqs").metadata().aws_query_compatible);
    assert!(!open("sns").metadata().aws_query_compatible);
    assert_eq!(open("dynamodb").metadata().target_prefix.as_deref(), Some("DynamoDB_20120810"));
    let sts = open("sts");
    let namespace = sts.metadata().xml_namespace.as_ref().unwrap();
    assert_eq!(namespace.uri.as_str(), "https://sts.amazonaws.com/doc/2011-06-15/");
    let cbor = Catalog::embedded()
        .names()
        .into_iter()
        .filter(|name| open(name).metadata().protocol == Protocol::RpcV2Cbor);
    assert!(cbor.count() > 0);
}

#[test]
fn facts_of_operations() {
    let s3 = open("s3");
    let put = op(&s3, "PutObject");
    assert_eq!((put.method.as_str(), put.uri.as_str()), ("PUT", "/{Bucket}/{Key+}"));
    assert_eq!(put.checksum.as_ref().unwrap().request_algorithm_member.as_deref(), Some("ChecksumAlgorithm"));
    let website = op(&s3, "PutBucketWebsite");
    assert!(website.checksum.as_ref().unwrap().request_required);
    let get = op(&s3, "GetObject");
    assert!(get.checksum.as_ref().unwrap().response_algorithms.iter().any(|name| name == "CRC32"));
    assert!(
        !op(&s3, "ListBuckets").static_context_params.is_empty()
            || op(&s3, "CreateBucket")
                .static_context_params
                .iter()
                .any(|(name, value)| name == "DisableAccessPoints" && *value == Value::Bool(true))
    );
    let tables = open("dynamodb");
    assert!(op(&tables, "DescribeEndpoints").endpoint_operation);
    assert_eq!(op(&tables, "BatchGetItem").operation_context_params[0].1.as_str(), "keys(RequestItems)");
    assert_eq!(op(&tables, "PutItem").endpoint_discovery, Some(false));
    let sts = open("sts");
    assert_eq!(op(&sts, "AssumeRoleWithSAML").auth_type.as_deref(), Some("none"));
    assert_eq!(op(&sts, "GetCallerIdentity").result_wrapper.as_deref(), Some("GetCallerIdentityResult"));
    assert_eq!(op(&open("servicediscovery"), "DiscoverInstances").host_prefix.as_deref(), Some("data-"));
    assert_eq!(op(&open("cloudwatch"), "PutMetricData").request_compression, ["gzip"]);
    let zone = open("route53");
    let (wrapper, namespace) = op(&zone, "CreateHostedZone").input_wrapper.as_ref().unwrap();
    assert_eq!(wrapper.as_str(), "CreateHostedZoneRequest");
    assert!(namespace.as_ref().unwrap().uri.contains("route53.amazonaws.com"));
    assert_eq!(op(&open("lambda"), "Invoke").response_code, Some(200));
}

#[test]
fn facts_of_shapes() {
    let s3 = open("s3");
    let listing = s3.shape_named("ListObjectsV2Output").unwrap();
    let contents = listing.member("Contents").unwrap();
    assert!(s3.shape(contents.shape).traits.flattened || contents.traits.flattened);
    let get = s3.shape_named("GetObjectOutput").unwrap();
    assert_eq!(get.traits.payload.as_deref(), Some("Body"));
    assert!(
        get.member("Body").unwrap().traits.streaming
            || s3.shape(get.member("Body").unwrap().shape).traits.streaming
    );
    assert_eq!(get.member("Metadata").unwrap().location, Location::Headers);
    assert_eq!(get.member("Metadata").unwrap().wire_name.as_deref(), Some("x-amz-meta-"));
    assert!(
        matches!(s3.shape(get.member("Expires").unwrap().shape).kind, ShapeKind::Timestamp),
        "extras are merged"
    );
    let grantee = s3.shape_named("Grantee").unwrap();
    assert_eq!(grantee.traits.xml_namespace.as_ref().unwrap().prefix.as_deref(), Some("xsi"));
    assert!(grantee.member("Type").unwrap().traits.xml_attribute);
    let put = s3.shape_named("PutObjectRequest").unwrap();
    assert_eq!(put.member("Bucket").unwrap().context_param.as_deref(), Some("Bucket"));
    assert!(put.member("SSECustomerKey").is_some_and(|key| s3.shape(key.shape).traits.sensitive));
    let events = s3.shape_named("SelectObjectContentEventStream").unwrap();
    assert!(events.traits.event_stream);

    let ec2 = open("ec2");
    let queries = ["InstanceNetworkInterfaceSpecification", "CreateNetworkInterfaceRequest"];
    let query = queries
        .iter()
        .flat_map(|name| ec2.shape_named(name).unwrap().members())
        .find_map(|member| member.query_name.clone());
    assert_eq!(query.as_deref(), Some("Ipv6Addresses"));
    let ShapeKind::List(item) = &ec2.shape_named("ReservationList").unwrap().kind else { panic!("a list") };
    assert_eq!(item.wire_name.as_deref(), Some("item"));
    let run = ec2.shape_named("RunInstancesRequest").unwrap();
    assert!(run.member("ClientToken").unwrap().idempotency_token);
    assert_eq!(run.required, ["MaxCount", "MinCount"]);
    assert!(run.member("MinCount").unwrap().required);

    let iam = open("iam");
    let missing = iam.shape_named("NoSuchEntityException").unwrap().error.as_ref().unwrap();
    assert_eq!(
        (missing.code.as_deref(), missing.http_status, missing.sender_fault),
        (Some("NoSuchEntity"), Some(404), true)
    );
    let name = iam.shape_named("roleNameType").unwrap();
    assert_eq!((name.bounds.min, name.bounds.max), (Some(1.0), Some(64.0)));
    assert!(name.bounds.pattern.is_some());

    let format =
        |service: &str, shape: &str| open(service).shape_named(shape).unwrap().traits.timestamp_format;
    assert_eq!(format("accessanalyzer", "Timestamp"), Some(TimestampFormat::Iso8601));
    assert_eq!(format("s3", "LastModified"), None);
    let accessanalyzer = open("accessanalyzer");
    assert!(accessanalyzer.shape_named("AclGrantee").unwrap().traits.union);
    assert!(accessanalyzer.shape_named("Integer").unwrap().traits.boxed);
    assert!(open("bedrock").shape_named("AdditionalModelRequestFieldsValue").unwrap().traits.document);
    assert!(open("omics").shape_named("ReadSetPartStreamingBlob").unwrap().traits.requires_length);
    assert!(open("polly").shape_named("AudioEvent").unwrap().member("AudioChunk").unwrap().event_payload);
    let graph = open("neptune-graph");
    assert!(graph.shape_named("CancelQueryInput").unwrap().member("graphIdentifier").unwrap().host_label);
    let braket = open("braket");
    assert!(
        braket.shape_named("CreateQuantumTaskRequest").unwrap().member("action").unwrap().traits.json_value
    );
    let export = open("apigatewayv2");
    let kind = export.shape_named("ExportApiRequest").unwrap().member("OutputType").unwrap();
    assert_eq!(kind.traits.values, ["YAML", "JSON"]);
}

#[test]
fn pages_and_waiters() {
    let s3 = open("s3");
    let pages = s3.paginator("ListBuckets").unwrap();
    assert_eq!(pages.non_aggregate_keys, ["Owner", "Prefix"], "extras are merged");
    let pages = s3.paginator("ListObjectsV2").unwrap();
    assert_eq!(pages.result_keys, ["Contents", "CommonPrefixes"]);
    assert_eq!(pages.limit_key.as_deref(), Some("MaxKeys"));
    assert!(s3.paginator("PutObject").is_none());
    let ec2 = open("ec2");
    let running = ec2.waiters().iter().find(|waiter| waiter.name == "InstanceRunning").unwrap();
    assert_eq!(
        (running.operation.as_str(), running.delay, running.max_attempts),
        ("DescribeInstances", 15, 40)
    );
    assert_eq!(running.acceptors[0].expected, Value::text("running"));
}

#[test]
fn shared_data() {
    let catalog = Catalog::embedded();
    assert_eq!(
        catalog.partitions().get("partitions").unwrap().as_list().unwrap()[0].get("id"),
        Some(&Value::text("aws"))
    );
    assert!(catalog.retry_rules().get("retry").is_some());
    assert!(open("sts").endpoint_rules().get("rules").is_some());
}

#[test]
fn documentation_finds_operations_and_members() {
    let service = open("ec2");
    let docs = service.documentation().unwrap();
    assert!(docs.service().contains("Amazon Elastic Compute Cloud") || docs.service().contains("EC2"));
    assert!(docs.operation("RunInstances").contains("Launches"));
    assert_eq!(docs.operation("NoSuchOperation"), "");
    let id = op(&service, "RunInstances").input.unwrap();
    let position = service.shape(id).members().iter().position(|member| member.name == "ImageId").unwrap();
    assert!(docs.member(id, position).contains("AMI"));
    assert_eq!(docs.member(id, 10_000), "");
    let answer = op(&service, "DescribeInstances").output.unwrap();
    assert_eq!(docs.member(answer, 0), "", "help shows nothing of answers");
}

#[test]
fn prefixes_of_the_index_are_those_of_the_open_services() {
    let catalog = Catalog::embedded();
    let prefixes = catalog.iam_prefixes();
    assert_eq!(prefixes.keys().cloned().collect::<Vec<_>>(), catalog.names());
    for (name, prefix) in &prefixes {
        let service = catalog.open(name).expect("a service of the index");
        assert_eq!(prefix, aws_model::iam_prefix(&service), "{name}");
    }
    assert_eq!(prefixes["elbv2"], "elasticloadbalancing");
}
