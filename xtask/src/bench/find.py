"""Looks for an instance in every region of every account: one call after the other, as slash-infra does, in a part that is
then multiplied; and all of them with 64 threads."""

import sys
import time
from concurrent.futures import ThreadPoolExecutor

import boto3
from botocore.config import Config

ENDPOINT, ACCOUNTS, REGIONS = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
PLACES = [(account, region) for account in range(ACCOUNTS) for region in REGIONS]
FILTERS = [{"Name": "instance-id", "Values": ["i-0123456789abcdef0"]}]
PART = 68


def session(account):
    sts = boto3.client(
        "sts", endpoint_url=ENDPOINT, region_name="us-east-1", aws_access_key_id="bench", aws_secret_access_key="bench"
    )
    role = f"arn:aws:iam::{100_000_000_000 + account}:role/Bellhop"
    given = sts.assume_role(RoleArn=role, RoleSessionName="bench")["Credentials"]
    return boto3.Session(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])


def ask(session, region):
    client = session.client("ec2", endpoint_url=ENDPOINT, region_name=region, config=Config(max_pool_connections=1))
    return client.describe_instances(Filters=FILTERS)["Reservations"]


def serial():
    sessions = {}
    begun = time.monotonic()
    for account, region in PLACES[:PART]:
        if account not in sessions:
            sessions[account] = session(account)
        ask(sessions[account], region)
    return (time.monotonic() - begun) * len(PLACES) / PART


def threads(count):
    begun = time.monotonic()
    with ThreadPoolExecutor(count) as pool:
        sessions = list(pool.map(session, range(ACCOUNTS)))
        list(pool.map(lambda place: ask(sessions[place[0]], place[1]), PLACES))
    return time.monotonic() - begun


print(f"boto3, one call after the other, from {PART} of {len(PLACES)} places: {serial():.0f} s")
print(f"boto3, 64 threads, all places: {threads(64):.0f} s")
