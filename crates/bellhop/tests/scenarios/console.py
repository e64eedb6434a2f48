"""Drives the console in headless Chromium as people would, and prints what the page shows at the end as JSON.

Arguments: the page's address, and the steps as a JSON list of lists: ["as", user], ["in", channel], ["say", line],
["see", text], ["miss", text], ["press", button], ["fill", label, text], ["send", button], ["picture", path].
"""
import base64
import json
import pathlib
import subprocess
import sys
import tempfile
import time

import websocket

FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--remote-debugging-port=0",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--window-size=1000,860",
    "--remote-allow-origins=*",
]


def wait(what, otherwise, limit=30):
    end = time.monotonic() + limit
    while time.monotonic() < end:
        found = what()
        if found:
            return found
        time.sleep(0.05)
    raise SystemExit(otherwise())


class Page:
    def __init__(self, port, address):
        import urllib.request

        targets = json.load(urllib.request.urlopen(f"http://127.0.0.1:{port}/json"))
        target = next(target for target in targets if target["type"] == "page")
        self.socket = websocket.create_connection(target["webSocketDebuggerUrl"], timeout=30)
        self.number = 0
        self.ask("Page.navigate", url=address)

    def ask(self, method, **params):
        self.number += 1
        self.socket.send(json.dumps({"id": self.number, "method": method, "params": params}))
        while True:
            answer = json.loads(self.socket.recv())
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise SystemExit(answer["error"])
                return answer["result"]

    def run(self, script):
        answer = self.ask("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        return answer["result"].get("value")


SHOWN = "[...document.querySelectorAll('#messages > li:not([hidden])')]"
TEXTS = f"{SHOWN}.map(node => [...node.querySelectorAll('.body > *:not(.json)')].map(part => part.textContent).join(' '))"


class Person:
    """What can be done with the page."""

    def __init__(self, page):
        self.page = page

    def do(self, step, *words):
        getattr(self, step + "_")(*words)

    def as_(self, user):
        self.page.run(f"""(() => {{ const chosen = document.getElementById('user');
            chosen.value = {json.dumps(user)}; chosen.dispatchEvent(new Event('change')); }})()""")

    def in_(self, channel):
        self.click(f"document.querySelector('#channels [data-channel={json.dumps(channel)}]')")

    def say_(self, line):
        self.page.run(f"document.getElementById('line').value = {json.dumps(line)};"
                      "document.getElementById('composer').requestSubmit()")

    def see_(self, text):
        wait(lambda: self.page.run(f"{TEXTS}.some(text => text.includes({json.dumps(text)}))"), self.told(text))

    def miss_(self, text):
        wait(lambda: self.page.run(f"!{TEXTS}.some(text => text.includes({json.dumps(text)}))"), self.told(text))

    def press_(self, label):
        buttons = f"{SHOWN}.flatMap(node => [...node.querySelectorAll('.actions button')])"
        self.click(f"{buttons}.filter(node => node.textContent === {json.dumps(label)}).at(-1)")

    def fill_(self, label, text):
        field = f"[...document.querySelectorAll('dialog .input')].find(node => node.textContent.startsWith({json.dumps(label)}))"
        wait(lambda: self.page.run(f"!!{field}"), self.told(label))
        self.page.run(f"{field}.querySelector('input, textarea').value = {json.dumps(text)}")

    def send_(self, label):
        self.click(f"[...document.querySelectorAll('dialog button')].find(node => node.textContent === {json.dumps(label)})")

    def picture_(self, path):
        self.page.run("document.getElementById('messages').scrollTop = 1e9")
        taken = self.page.ask("Page.captureScreenshot", format="png")
        pathlib.Path(path).write_bytes(base64.b64decode(taken["data"]))

    def click(self, found):
        wait(lambda: self.page.run(f"!!({found})"), self.told(found))
        self.page.run(f"({found}).click()")

    def told(self, wanted):
        return lambda: f"no {wanted}; the page shows {self.page.run(TEXTS)} and says " + self.page.run(
            "document.getElementById('problem').textContent")


def play(page, steps):
    wait(lambda: page.run("document.querySelectorAll('#user option').length > 0"), lambda: "the page does not start")
    person = Person(page)
    for step in steps:
        person.do(*step)
    page.run("document.getElementById('show-json').click()")
    return page.run(f"""({{
        said: document.querySelector('.person .body').textContent,
        texts: {TEXTS},
        preformatted: document.querySelectorAll('.reply pre:not(.json), .reply table').length,
        json: [...document.querySelectorAll('.reply .json')].map(node => getComputedStyle(node).display),
        labelled: [...document.querySelectorAll('input, select')].every(node => node.labels.length > 0),
        problem: document.getElementById('problem').textContent,
    }})""")


def main(address, steps):
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        browser = subprocess.Popen(["chromium", *FLAGS, f"--user-data-dir={folder}", "about:blank"],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            mark = pathlib.Path(folder, "DevToolsActivePort")
            port = wait(lambda: mark.exists() and mark.read_text().split("\n")[0], lambda: "the browser does not start")
            print(json.dumps(play(Page(port, address), json.loads(steps))))
        finally:
            browser.terminate()
            browser.wait()


main(*sys.argv[1:])
