"""A receiver of traces: takes OTLP over HTTP in protobuf, reads it with OpenTelemetry's own messages, and appends each span
to a file as a line of JSON.

    python collector.py PORT FILE
"""

import json
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span


def plain(value):
    kind = value.WhichOneof("value")
    return getattr(value, kind) if kind else None


def pairs(attributes):
    return {pair.key: plain(pair.value) for pair in attributes}


def spans(request):
    for resource in request.resource_spans:
        about = pairs(resource.resource.attributes)
        for scope in resource.scope_spans:
            for span in scope.spans:
                yield {
                    "name": span.name,
                    "trace": span.trace_id.hex(),
                    "id": span.span_id.hex(),
                    "parent": span.parent_span_id.hex(),
                    "kind": Span.SpanKind.Name(span.kind),
                    "nanoseconds": span.end_time_unix_nano - span.start_time_unix_nano,
                    "status": span.status.code,
                    "attributes": pairs(span.attributes),
                    "resource": about,
                }


class Collector(BaseHTTPRequestHandler):
    def do_GET(self):
        self.answer(b"ready")

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.path != "/v1/traces" or self.headers["content-type"] != "application/x-protobuf":
            self.send_error(415)
            return
        request = ExportTraceServiceRequest.FromString(body)
        with open(sys.argv[2], "a", encoding="utf-8") as file:
            for span in spans(request):
                file.write(json.dumps(span) + "\n")
        self.answer(ExportTraceServiceResponse().SerializeToString())

    def answer(self, body):
        self.send_response(200)
        self.send_header("content-type", "application/x-protobuf")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


HTTPServer(("127.0.0.1", int(sys.argv[1])), Collector).serve_forever()
