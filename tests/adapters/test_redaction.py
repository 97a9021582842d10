"""Secrets are in no text that leaves, in whatever encoding a server or proxy sends them back."""

import base64
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from job import ROOT
from properties import tried
from sentry_release.adapters.redaction import (
    REDACTED,
    Secrets,
    find_notify_secrets,
    find_secrets,
)

TOKEN = "sntryu_7c5d4e0b9a8f4c0e8d1b2a3c4d5e6f70"
GITHUB_TOKEN = "ghs_Zk3bQwX9yT2mN8vR5cL1pJ7sD4fG6hA0"
PASSWORD = "p@ss/w0rd-of-proxy"


def as_unicode(text: str) -> str:
    return "".join(f"\\u{ord(character):04X}" for character in text)


def as_json_twice(text: str) -> str:
    return json.dumps(json.dumps(as_unicode(text)))


def as_percent(text: str) -> str:
    return "".join(f"%{byte:02x}" for byte in text.encode())


def as_html(text: str) -> str:
    return "".join(f"&#x{ord(character):x};" for character in text)


def as_markdown(text: str) -> str:
    return "".join(f"\\{one}" if one in "_-.@/" else one for one in text)


def as_base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def as_credentials(text: str) -> str:
    return "Basic " + base64.b64encode(f"ci:{text}".encode()).decode()


def as_url_base64(text: str) -> str:
    return base64.urlsafe_b64encode(b"id" + text.encode()).decode()


ENCODINGS: tuple[Callable[[str], str], ...] = (
    str, as_unicode, as_json_twice, as_percent, as_html, as_markdown, as_base64, as_credentials,
    as_url_base64, quote,
)  # fmt: skip


def secrets(*values: str) -> Secrets:
    found = Secrets()
    found.add(*values)
    return found


@pytest.mark.parametrize("value", [TOKEN, GITHUB_TOKEN, PASSWORD, "schlüssel-日本"])
@pytest.mark.parametrize("encode", ENCODINGS, ids=lambda encode: encode.__name__)
def test_a_secret_is_cut_out_in_every_encoding(encode: Callable[[str], str], value: str) -> None:
    text = f"before {encode(value)} after"

    redacted = secrets(value).redact(text)

    assert redacted.startswith("before ")
    assert redacted.endswith(" after")
    assert REDACTED in redacted
    assert value[3:-3] not in redacted
    assert len(redacted) < len("before Basic [redacted] after") + 8


@tried
@given(
    st.lists(
        st.sampled_from([as_unicode, as_percent, as_html]), min_size=len(TOKEN), max_size=len(TOKEN)
    )
)
def test_encodings_may_be_mixed(encodings: list[Callable[[str], str]]) -> None:
    encoded = "".join(encode(one) for encode, one in zip(encodings, TOKEN, strict=True))

    assert secrets(TOKEN).redact(f"<{encoded}>").count(REDACTED) == 1


@pytest.mark.parametrize("width", [8, 20, 76])
@pytest.mark.parametrize("encode", [str, as_base64, as_credentials])
def test_a_secret_that_is_wrapped_is_cut_out(encode: Callable[[str], str], width: int) -> None:
    encoded = encode(2 * TOKEN)
    lines = [encoded[at : at + width] for at in range(0, len(encoded), width)]

    for separator in ("\n", "\r\n  "):
        redacted = secrets(2 * TOKEN).redact(f"before {separator.join(lines)} after")

        assert redacted.startswith("before ")
        assert redacted.endswith(" after")
        assert REDACTED in redacted
        assert len(redacted) < len("before Basic [redacted] after") + 12


def test_a_token_that_a_message_has_cut_off_is_cut_out_as_well() -> None:
    assert secrets(TOKEN).redact(f"it said: {TOKEN[:25]}…") == "it said: [redacted]…"


@tried
@given(st.text(max_size=200))
def test_a_text_without_a_secret_stays_as_it_is(text: str) -> None:
    assert secrets(TOKEN, PASSWORD).redact(text) == text


def test_a_value_too_short_to_be_a_secret_changes_no_text() -> None:
    assert secrets("a", "").redact("a b a") == "a b a"


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "http_proxy", "ALL_PROXY", "PIP_INDEX_URL"])
def test_the_credentials_of_a_proxy_or_a_registry_are_secrets(name: str) -> None:
    found = find_secrets({name: f"http://ci:{quote(PASSWORD, safe='')}@proxy.test:3128"})

    assert {PASSWORD, quote(PASSWORD, safe=""), f"ci:{PASSWORD}"} <= set(found)


# --- whole processes, and a server that sends back whatever it was sent ---


@contextmanager
def server_that_answers(status: int, reason: str, body: str) -> Iterator[str]:
    """The address of a server that gives this answer to every request, CONNECT included."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.send_response(status, reason)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body.encode())))
            self.end_headers()
            self.wfile.write(body.encode())

        do_GET = do_POST = do_PUT = do_CONNECT = answer  # noqa: N815 - the server's own names

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield f"127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


def play(folder: Path, **environ: str) -> str:
    """All that a whole process writes, of its log and its summary."""
    (folder / "pubspec.yaml").write_text("name: shop\nversion: 1.0.0\n")
    summary = folder / "summary"
    command = [sys.executable, "-I", str(ROOT / "entrypoint.py"), "main"]
    common = {
        "GITHUB_WORKSPACE": str(folder), "GITHUB_STEP_SUMMARY": str(summary), "RUNNER_DEBUG": "1",
        "SENTRY_AUTH_TOKEN": TOKEN, "SENTRY_ORG": "acme", "SENTRY_PROJECT": "app",
        "GITHUB_TOKEN": GITHUB_TOKEN, "INPUT_TIMEOUT": "5", "INPUT_RELEASE": "shop@1.0.0",
    }  # fmt: skip
    ended = subprocess.run(  # noqa: S603 - a list, no shell
        command, env={**common, **environ}, capture_output=True, text=True, check=False, timeout=60
    )
    assert "Traceback" not in ended.stdout + ended.stderr
    return ended.stdout + ended.stderr + (summary.read_text() if summary.exists() else "")


@pytest.mark.parametrize(
    ("encode", "status"),
    [
        (as_unicode, 400),
        # Each starts two processes.
        pytest.param(str, 403, marks=pytest.mark.large),
        pytest.param(as_percent, 400, marks=pytest.mark.large),
        pytest.param(as_credentials, 400, marks=pytest.mark.large),
    ],
)
def test_no_secret_of_an_answer_is_printed(
    encode: Callable[[str], str], status: int, tmp_path: Path
) -> None:
    detail = f"no {encode(TOKEN)} no {encode(GITHUB_TOKEN)} no"
    # What is escaped as in JSON is sent so once, and once more inside a text.
    bodies = (f'{{"detail": "{detail}"}}', json.dumps({"detail": detail}))
    for body in bodies:
        with server_that_answers(status, "No", body) as place:
            printed = play(tmp_path, SENTRY_URL=f"http://{place}")

        for value in (TOKEN, GITHUB_TOKEN):
            assert value not in printed
            assert encode(value).removesuffix("=") not in printed
            assert as_unicode(value) not in printed


def test_credentials_that_a_proxy_sends_back_are_not_printed(tmp_path: Path) -> None:
    encoded = quote(PASSWORD, safe="")
    reason = f"No ci:{PASSWORD} {as_credentials(PASSWORD)}"
    with server_that_answers(407, reason, "{}") as place:
        proxy = f"http://ci:{encoded}@{place}"
        printed = play(tmp_path, SENTRY_URL="https://sentry.test", HTTPS_PROXY=proxy)

    assert "407" in printed
    for value in (PASSWORD, encoded, as_credentials(PASSWORD)):
        assert value not in printed


@pytest.mark.parametrize(("part", "is_masked"), [("q7x9z2", True), ("q7x9z", False)])
def test_a_part_of_a_url_is_masked_if_it_is_long_enough_to_be_a_secret(
    part: str, *, is_masked: bool
) -> None:
    assert (part in find_notify_secrets(f"slack://{part}/words")) is is_masked
