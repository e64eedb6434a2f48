"""What Bellhop's function is measured beside: the same start and the same answer, with boto3.

It decrypts its signing secret while it starts, then fetches events from the runtime interface, checks Slack's signature
over the raw body, and answers. It decides nothing and keeps nothing.
"""

import base64
import hashlib
import hmac
import http.client
import json
import os
import time
import urllib.parse

import boto3

SECRET = boto3.client("kms").decrypt(CiphertextBlob=base64.b64decode(os.environ["CIPHERTEXT"]))["Plaintext"]


def answered(status, body):
    headers = {"content-type": "application/json"}
    return {"statusCode": status, "headers": headers, "body": json.dumps(body), "isBase64Encoded": False}


def handle(event):
    body = base64.b64decode(event["body"]) if event["isBase64Encoded"] else event["body"].encode()
    headers = event["headers"]
    stamp = headers.get("x-slack-request-timestamp", "0")
    right = "v0=" + hmac.new(SECRET, b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    if abs(time.time() - int(stamp)) > 300 or not hmac.compare_digest(right, headers.get("x-slack-signature", "")):
        return answered(401, {})
    form = urllib.parse.parse_qs(body.decode())
    return answered(200, {"response_type": "ephemeral", "text": "handler 1.0 for " + form["user_id"][0]})


def main():
    api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    while True:
        api.request("GET", "/2018-06-01/runtime/invocation/next")
        response = api.getresponse()
        event, request = json.loads(response.read()), response.headers["lambda-runtime-aws-request-id"]
        api.request("POST", f"/2018-06-01/runtime/invocation/{request}/response", json.dumps(handle(event)))
        api.getresponse().read()


main()
