"""Claims about what an auth token says of itself."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from properties import tried
from sentry_release.facts.token import TokenFacts, token_facts


def organization_token(payload: object) -> str:
    """A token in the shape of Sentry's RFC 91, its base64 without padding."""
    encoded = base64.b64encode(json.dumps(payload).encode()).decode().rstrip("=")
    return f"sntrys_{encoded}_c2VjcmV0"


@pytest.mark.parametrize("org", ["a", "ac", "acm", "acme"])
def test_an_organization_token_names_its_organization_and_its_servers(org: str) -> None:
    token = organization_token(
        {"iat": 1.5, "url": "https://sentry.io/", "region_url": "https://us.sentry.io", "org": org}
    )

    assert token_facts(token) == TokenFacts(
        organization=org, url="https://sentry.io", region_url="https://us.sentry.io"
    )


def test_an_old_token_without_addresses_still_names_its_organization() -> None:
    assert token_facts(organization_token({"iat": 1, "org": "acme"})).organization == "acme"


@pytest.mark.parametrize(
    "token",
    [
        pytest.param(None, id="no token"),
        pytest.param("", id="an empty one"),
        pytest.param("sntryu_" + "a1" * 32, id="a user token"),
        pytest.param("a1" * 32, id="a user token of old"),
        pytest.param("sntrys_", id="only the prefix"),
        pytest.param("sntrys_eyJvcmciOiJhY21lIn0=", id="no secret at its end"),
        pytest.param("sntrys_%%%_x", id="no base64"),
        pytest.param("sntrys_é_x", id="a letter that no base64 has"),
        pytest.param("sntrys_/w==_x", id="bytes that are no text"),
        pytest.param("sntrys_bm9wZQ==_x", id="no JSON"),
        pytest.param(organization_token(["acme"]), id="a list"),
        pytest.param(organization_token({"org": 7, "url": None}), id="values of another kind"),
        pytest.param(organization_token({"org": "", "url": ""}), id="empty values"),
        pytest.param(
            organization_token({"url": "ftp://sentry.io"}), id="an address not of the web"
        ),
        pytest.param(
            "sntrys_" + base64.b64encode(b"[" * 100_000).decode() + "_x", id="JSON without a floor"
        ),
    ],
)
def test_any_other_token_says_nothing(token: str | None) -> None:
    assert token_facts(token) == TokenFacts()


@tried
@given(st.text(), st.binary())
def test_no_token_can_break_anything(text: str, content: bytes) -> None:
    token_facts(text)
    token_facts(f"sntrys_{text}_{text}")
    token_facts(f"sntrys_{base64.b64encode(content).decode()}_x")


SAAS = TokenFacts(url="https://sentry.io", region_url="https://us.sentry.io")
OWN = TokenFacts(url="https://sentry.example.com:8443")
REGION = TokenFacts(region_url="https://us.sentry.io")


@pytest.mark.parametrize(
    ("facts", "url", "speaks"),
    [
        pytest.param(SAAS, "https://sentry.io", True, id="the main host"),
        pytest.param(SAAS, "https://us.sentry.io", True, id="the host of its region"),
        pytest.param(SAAS, "https://acme.sentry.io", True, id="the host of an organization"),
        pytest.param(SAAS, "https://SENTRY.io", True, id="a host in other letters"),
        pytest.param(SAAS, "https://evil-sentry.io", False, id="a host that only ends the same"),
        pytest.param(SAAS, "https://sentry.io.evil.test", False, id="a host that begins the same"),
        pytest.param(SAAS, "https://sentry.example.com", False, id="another server"),
        pytest.param(SAAS, "https://sentry.io:8443", False, id="another port"),
        pytest.param(SAAS, "https://[", False, id="no address at all"),
        pytest.param(OWN, "https://sentry.example.com:8443", True, id="the same port"),
        pytest.param(OWN, "https://sentry.example.com", False, id="no port"),
        pytest.param(OWN, "https://sentry.example.com:9443", False, id="two different ports"),
        pytest.param(SAAS, "http://sentry.io", False, id="its host without encryption"),
        pytest.param(REGION, "http://us.sentry.io", False, id="its region without encryption"),
        pytest.param(REGION, "https://us.sentry.io", True, id="its region"),
        pytest.param(TokenFacts(), "https://anywhere.test", True, id="a token that says nothing"),
    ],
)
def test_a_token_is_only_for_the_server_it_was_made_for(
    facts: TokenFacts, url: str, *, speaks: bool
) -> None:
    assert facts.speaks_for(url) is speaks
