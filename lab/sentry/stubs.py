"""
One server for the two services Sentry calls: Snuba (POST …/snql) and GitHub (GET /github/…).

    SENTRY_LAB=/var/tmp/sentry-lab stubs.py PORT

Every call is appended to $SENTRY_LAB/log/stub-calls.log as a JSON list: method, path, body, status.
"""

import json
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import stub_github
import stub_snuba
from stub_question import Answer

LAB = Path(os.environ["SENTRY_LAB"])


class Stubs(BaseHTTPRequestHandler):
    """Hands each request to the stub that knows the answer."""

    def do_GET(self) -> None:
        """GitHub; its links lead back to whatever address the client knows this server by."""
        self._listen()
        api = f"http://{self.headers['Host']}/github"
        target = self.path.removeprefix("/github")
        self._write_answer(stub_github.answer(target, folder=LAB / "github", api=api))

    def do_POST(self) -> None:
        """Snuba."""
        body = self._listen()
        path = urlsplit(self.path).path
        if path.endswith("/snql"):
            query = json.loads(body)["query"]
            rows = stub_snuba.answer(path.split("/")[1], query, health=LAB / "health.json")
            self._write_answer(Answer(body=rows))
        else:
            self._write_answer(Answer(status=404, body={"message": "Not Found"}))

    def log_message(self, *_: object) -> None:
        """Nothing: _say has written it all down."""

    def _listen(self) -> str:
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        return self.body

    def _write_answer(self, answer: Answer) -> None:
        call = json.dumps([self.command, self.path, self.body, answer.status])
        with (LAB / "log" / "stub-calls.log").open("a") as log:
            log.write(f"{call}\n")
        data = json.dumps(answer.body).encode()
        self.send_response(answer.status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(data)))
        for name, text in answer.headers.items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(data)


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Stubs).serve_forever()
