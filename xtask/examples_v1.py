"""Records what PyPI's `awscli` would send for the command lines of its own documentation.

Usage: python examples_v1.py OUTPUT STEP

Reads every example under `awscli/examples`, runs each STEP-th command line in this process through the package's own driver,
and writes one JSON object a line: `id`, `argv`, `http` (the first request, or none). Nothing is sent: a request is taken
where botocore is about to send it, and the command ends there. Time stands and generated tokens are counted, as in the
recordings that the replay knows. Lines that use the shell's own means (substitution, pipes into `aws`) are left out.
"""

import base64
import datetime
import io
import json
import os
import pathlib
import re
import shlex
import sys
import tempfile
import uuid

ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    # Both are v2's habit.
    "AWS_S3_US_EAST_1_REGIONAL_ENDPOINT": "regional",
    "AWS_STS_REGIONAL_ENDPOINTS": "regional",
    "COLUMNS": "200",
    "TZ": "UTC",
}
NOW = datetime.datetime(2024, 1, 2, 3, 4, 5)
# A quoted word may go over so many lines.
MOST_LINES = 200


class Taken(BaseException):
    """Raised instead of sending."""


def command_lines(text):
    """The words of each `aws` line of a page, continued lines joined."""
    lines = iter(text.splitlines())
    for line in lines:
        line = re.sub(r"^\s+([$>] )?", "", line) if line[:1].isspace() else ""
        if not line.startswith("aws "):
            continue
        for _ in range(MOST_LINES):
            if line.endswith("\\"):
                line = line[:-1] + " " + next(lines, "").strip()
                continue
            try:
                words = shlex.split(line)
            except ValueError:
                line += "\n" + next(lines, "")
                continue
            yield words[1:]
            break


def of_one_program(words):
    """The words up to a pipe or a redirection; none if the shell would change them."""
    if any("$(" in word or "`" in word and "--query" not in words for word in words):
        return None
    ends = [place for place, word in enumerate(words) if word in ("|", ">", ">>", "&&", ";", "<")]
    return words[: ends[0]] if ends else words


def examples():
    """Pairs of an id and the words."""
    import awscli

    root = pathlib.Path(awscli.__file__).parent / "examples"
    for page in sorted(root.rglob("*.rst")):
        for number, words in enumerate(command_lines(page.read_text(encoding="utf-8"))):
            if words := of_one_program(words):
                yield f"{page.relative_to(root)}#{number}", words


def request_of(prepared, model):
    """A request as the recordings have it."""
    body = prepared.body
    if body is None:
        body = b""
    elif isinstance(body, str):
        body = body.encode()
    elif not isinstance(body, (bytes, bytearray)):
        body = body.read()
    text = lambda value: value.decode("latin-1") if isinstance(value, bytes) else str(value)
    request = {
        "method": prepared.method,
        "url": prepared.url,
        "headers": {name: text(value) for name, value in prepared.headers.items()},
        "response": {"status": 200, "headers": {}, "body": ""},
    }
    if model is not None:
        request["service"], request["operation"] = model
    try:
        request["body"] = bytes(body).decode()
    except UnicodeDecodeError:
        request["body_b64"] = base64.b64encode(body).decode()
    return request


class Recorder:
    """The package's driver, made again for each service: handlers that a command adds to it stay there."""

    # Options that change the driver's session for all commands after them.
    LASTING = ("--no-sign-request", "--profile", "--region")

    def __init__(self, loader):
        self.loader = loader
        self.service = None
        self.driver = None
        self.taken = []
        self.model = None

    def before_call(self, model, **_):
        self.model = (model.service_model.service_name, model.name)

    def before_send(self, request, **_):
        self.taken.append(request_of(request, self.model))
        raise Taken

    def driver_for(self, words):
        from awscli.clidriver import create_clidriver

        if self.service != words[0]:
            self.driver = create_clidriver()
            self.driver.session.register_component("data_loader", self.loader)
            self.driver.session.register("before-call", self.before_call)
            self.driver.session.register("before-send", self.before_send)
        lasting = any(word.startswith(self.LASTING) for word in words)
        self.service = None if lasting else words[0]
        return self.driver

    def run(self, words):
        """The first request of a command line, or `None`."""
        self.taken, self.model = [], None
        driver = self.driver_for(words)
        counter = iter(range(1, 1_000_000))
        uuid.uuid4 = lambda: uuid.UUID(f"00000000-0000-4000-8000-{next(counter):012d}")
        sys.stdout = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
        sys.stderr = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
        try:
            driver.main(words)
        except BaseException:  # `Taken`, and whatever else the package does with such words
            pass
        return self.taken[0] if self.taken else None


def main(output, step):
    with tempfile.TemporaryDirectory() as folder:
        os.environ.clear()
        os.environ.update(ENVIRONMENT, HOME=folder, PATH="")
        os.chdir(folder)
        import time

        import awscli.clidriver
        import botocore.auth
        import botocore.loaders
        import botocore.signers

        time.sleep = lambda _: None
        for module in (botocore.auth, botocore.signers):
            module.get_current_datetime = lambda *_, **__: NOW
        loader = botocore.loaders.create_loader()
        loader.search_paths.insert(0, str(pathlib.Path(awscli.__file__).parent / "data"))
        sys.stdin = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
        told = sys.stdout
        recorder = Recorder(loader)
        count = sent = 0
        with open(output, "w", encoding="utf-8") as out:
            for number, (name, words) in enumerate(examples()):
                if number % step:
                    continue
                request = recorder.run(words)
                record = {"id": name, "argv": words, "http": [request] if request else [], "rc": 0}
                out.write(json.dumps(record, ensure_ascii=False) + "\n")
                count, sent = count + 1, sent + bool(request)
        print(f"{count} command lines, {sent} with a request", file=told)


if __name__ == "__main__":
    main(os.path.abspath(sys.argv[1]), int(sys.argv[2]))
