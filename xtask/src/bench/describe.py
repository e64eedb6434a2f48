"""DescribeInstances through boto3: `call` makes the call, `parse` only reads its body and prints the CPU milliseconds."""

import os
import sys
import time
import urllib.parse
import urllib.request


def parse(endpoint):
    import botocore.parsers
    import botocore.session

    model = botocore.session.get_session().get_service_model("ec2")
    shape = model.operation_model("DescribeInstances").output_shape
    form = urllib.parse.urlencode({"Action": "DescribeInstances"}).encode()
    body = urllib.request.urlopen(endpoint, form).read()
    parser = botocore.parsers.create_parser("ec2")
    begun = time.process_time()
    answer = parser.parse({"status_code": 200, "headers": {}, "body": body}, shape)
    spent = time.process_time() - begun
    assert answer["Reservations"], "nothing was read"
    print(spent * 1000)


def call(endpoint):
    import boto3

    client = boto3.client("ec2", endpoint_url=endpoint, region_name="us-east-1")
    assert client.describe_instances()["Reservations"], "nothing was read"


{"parse": parse, "call": call}[sys.argv[1]](os.environ["AWS_ENDPOINT_URL"])
