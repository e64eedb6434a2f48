use super::*;

const MODEL: &str = r#"{
    "metadata": {"protocol": "json", "targetPrefix": "T", "jsonVersion": "1.0"},
    "operations": {"Op": {"input": {"shape": "In"}}},
    "shapes": {
        "In": {"type": "structure", "required": ["Arn", "Kind"], "members": {
            "Arn": {"shape": "Arn"}, "Kind": {"shape": "Str"}, "Count": {"shape": "Count"}, "Ratio": {"shape": "Ratio"},
            "Flag": {"shape": "Flag"}, "When": {"shape": "When"}, "Data": {"shape": "Data"}, "Tags": {"shape": "Tags"},
            "Names": {"shape": "Names"}, "One": {"shape": "One"}, "Any": {"shape": "Any"}}},
        "Arn": {"type": "string", "min": 20}, "Str": {"type": "string"}, "Count": {"type": "integer", "min": 1},
        "Ratio": {"type": "double"}, "Flag": {"type": "boolean"}, "When": {"type": "timestamp"}, "Data": {"type": "blob"},
        "Tags": {"type": "map", "key": {"shape": "Key"}, "value": {"shape": "Str"}}, "Key": {"type": "string", "min": 1},
        "Names": {"type": "list", "member": {"shape": "Str"}, "min": 1},
        "One": {"type": "structure", "union": true, "members": {"a": {"shape": "Str"}, "b": {"shape": "Str"}}},
        "Any": {"type": "structure", "document": true, "members": {}}
    }
}"#;

fn faults(params: &str) -> Vec<String> {
    let service = Service::from_json("test", MODEL.as_bytes()).expect("a model");
    let operation = service.operation("Op").expect("an operation");
    let Ok(Value::Map(mut params)) = Value::from_json(params.as_bytes()) else { panic!("not a map") };
    for (name, value) in [("Arn", "arn:aws:iam::123456789012:role/r"), ("Kind", "k")] {
        if !params.contains(name) {
            params.push(name, value);
        }
    }
    match validate(&service, operation, &params) {
        Ok(()) => Vec::new(),
        Err(faults) => faults.into_iter().map(|fault| fault.to_string()).collect(),
    }
}

#[test]
fn says_what_the_aws_cli_says() {
    for (params, expected) in [
        (r#"{"Arn": "arn"}"#, "Invalid length for parameter Arn, value: 3, valid min length: 20"),
        (r#"{"Count": 0}"#, "Invalid value for parameter Count, value: 0, valid min value: 1"),
        (
            r#"{"Count": "x"}"#,
            "Invalid type for parameter Count, value: x, type: <class 'str'>, valid types: <class 'int'>",
        ),
        (
            r#"{"Kind": ["it's", 1.5, true, null, {"a": "b"}]}"#,
            "Invalid type for parameter Kind, value: [\"it's\", 1.5, True, None, {'a': 'b'}], type: <class 'list'>, \
             valid types: <class 'str'>",
        ),
        (
            r#"{"Ratio": "1"}"#,
            "Invalid type for parameter Ratio, value: 1, type: <class 'str'>, valid types: <class 'float'>, \
             <class 'decimal.Decimal'>, <class 'int'>",
        ),
        (r#"{"Names": []}"#, "Invalid length for parameter Names, value: 0, valid min length: 1"),
        (
            r#"{"Names": ["a", 1]}"#,
            "Invalid type for parameter Names[1], value: 1, type: <class 'int'>, valid types: <class 'str'>",
        ),
        (
            r#"{"Tags": {"": "v"}}"#,
            "Invalid length for parameter Tags (key: ), value: 0, valid min length: 1",
        ),
        (
            r#"{"Tags": {"k": 1}}"#,
            "Invalid type for parameter Tags.k, value: 1, type: <class 'int'>, valid types: <class 'str'>",
        ),
        (
            r#"{"When": "yesterday"}"#,
            "Invalid type for parameter When, value: yesterday, type: <class 'str'>, valid types: \
             <class 'datetime.datetime'>, timestamp-string",
        ),
        (
            r#"{"Data": 1}"#,
            "Invalid type for parameter Data, value: 1, type: <class 'int'>, valid types: <class 'bytes'>, \
             <class 'bytearray'>, file-like object",
        ),
        (
            r#"{"One": {"a": "1", "b": "2"}}"#,
            "Invalid number of parameters set for tagged union structure One. Can only set one of the following keys: a. b.",
        ),
        (r#"{"One": {}}"#, "Must set one of the following keys for tagged unionstructure One: a. b."),
        (r#"{"One": {"c": "1"}}"#, "Unknown parameter in One: \"c\", must be one of: a, b"),
    ] {
        assert_eq!(faults(params), [expected], "{params}");
    }
}

#[test]
fn accepts_what_it_may() {
    for params in [
        r#"{"Count": true, "Ratio": 1, "Flag": false, "When": 1700000000, "Data": "x", "Any": [1, {"a": null}]}"#,
        r#"{"When": "2024-01-02T03:04:05Z", "Tags": {}, "Names": ["n"], "One": {"a": "1"}}"#,
    ] {
        assert_eq!(faults(params), Vec::<String>::new(), "{params}");
    }
}

#[test]
fn all_faults_come_together_in_order() {
    let service = Service::from_json("test", MODEL.as_bytes()).expect("a model");
    let operation = service.operation("Op").expect("an operation");
    let params: Map = [("Count", Value::from(0)), ("Nope", Value::from(1))].into_iter().collect();
    let faults = validate(&service, operation, &params).expect_err("faults");
    let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
    assert_eq!(
        lines,
        [
            "Missing required parameter in input: \"Arn\"",
            "Missing required parameter in input: \"Kind\"",
            "Unknown parameter in input: \"Nope\", must be one of: Arn, Kind, Count, Ratio, Flag, When, Data, Tags, Names, One, Any",
            "Invalid value for parameter Count, value: 0, valid min value: 1",
        ]
    );
}

#[test]
fn maps_that_were_written_as_json_bear_another_name() {
    let service = Service::from_json("test", MODEL.as_bytes()).expect("a model");
    let operation = service.operation("Op").expect("an operation");
    let text = r#"{"Arn": "arn:aws:iam::123456789012:role/r", "Kind": [{}, {"a": {"b": [1]}}]}"#;
    let Ok(Value::Map(params)) = Value::from_json(text.as_bytes()) else { panic!("not a map") };
    let told = |as_json: &[Key]| {
        let faults = validate_written(&service, operation, &params, as_json).expect_err("a fault");
        faults[0].to_string()
    };
    assert!(told(&[]).contains("value: [{}, {'a': {'b': [1]}}], type"), "{}", told(&[]));
    let told = told(&["Kind".into()]);
    let shown = "value: [OrderedDict(), OrderedDict({'a': OrderedDict({'b': [1]})})], type";
    assert!(told.contains(shown), "{told}");
}
