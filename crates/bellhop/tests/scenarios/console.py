"""Drives the console in headless Chromium: says a line, waits for the answer, prints what the page shows as JSON.

Arguments: the page's address, the line, the text to wait for, and where to put a picture (optional).
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


def wait(what, limit=30):
    end = time.monotonic() + limit
    while time.monotonic() < end:
        found = what()
        if found:
            return found
        time.sleep(0.05)
    raise SystemExit("nothing came within the time")


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


def main(address, line, wanted, picture=None):
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        browser = subprocess.Popen(["chromium", *FLAGS, f"--user-data-dir={folder}", "about:blank"],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            mark = pathlib.Path(folder, "DevToolsActivePort")
            port = wait(lambda: mark.exists() and mark.read_text().split("\n")[0])
            page = Page(port, address)
            wait(lambda: page.run("document.querySelectorAll('#user option').length > 0"))
            page.run(f"document.getElementById('line').value = {json.dumps(line)};"
                     "document.getElementById('composer').requestSubmit()")
            wait(lambda: page.run(
                f"[...document.querySelectorAll('.reply')].some(node => node.textContent.includes({json.dumps(wanted)}))"))
            page.run("document.getElementById('show-json').click()")
            shown = page.run("""({
                said: document.querySelector('.person .body').textContent,
                reply: [...document.querySelectorAll('.reply')].at(-1).textContent,
                preformatted: document.querySelectorAll('.reply pre:not(.json), .reply table').length,
                json: [...document.querySelectorAll('.reply .json')].map(node => getComputedStyle(node).display),
                labelled: [...document.querySelectorAll('input, select')].every(node => node.labels.length > 0),
                problem: document.getElementById('problem').textContent,
            })""")
            page.run("document.getElementById('show-json').click()")
            if picture:
                taken = page.ask("Page.captureScreenshot", format="png")
                pathlib.Path(picture).write_bytes(base64.b64decode(taken["data"]))
            print(json.dumps(shown))
        finally:
            browser.terminate()
            browser.wait()


main(*sys.argv[1:])
