"""Claims about what an auth token says about itself, and to which server it may be sent."""

import base64
import json
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from properties import tried
from sentry_release.config.sentry_server import (
    TokenClaims,
    choose_fallback_server,
    choose_server,
    parse_token,
)


def organization_token(payload: object) -> str:
    """A token in the shape of Sentry's RFC 91, its base64 without padding."""
    encoded = base64.b64encode(json.dumps(payload).encode()).decode().rstrip("=")
    return f"sntrys_{encoded}_c2VjcmV0"


@pytest.mark.parametrize("org", ["a", "ac", "acm", "acme"])
def test_an_organization_token_names_its_organization_and_its_servers(org: str) -> None:
    token = organization_token(
        {"iat": 1.5, "url": "https://sentry.io/", "region_url": "https://us.sentry.io", "org": org}
    )

    assert parse_token(token) == TokenClaims(
        organization=org, url="https://sentry.io", region_url="https://us.sentry.io"
    )


def test_a_token_of_a_server_without_regions_names_its_server() -> None:
    token = organization_token({"url": "https://sentry.example.com", "org": "acme"})

    assert parse_token(token) == TokenClaims(organization="acme", url="https://sentry.example.com")


def test_an_old_token_without_addresses_still_names_its_organization() -> None:
    assert parse_token(organization_token({"iat": 1, "org": "acme"})).organization == "acme"


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
        pytest.param(organization_token({"org": 7}), id="values of another kind"),
        pytest.param(organization_token({"org": ""}), id="empty values"),
        pytest.param(
            "sntrys_" + base64.b64encode(b"[" * 100_000).decode() + "_x",
            id="JSON that is nested too deeply",
        ),
    ],
)
def test_any_other_token_says_nothing(token: str | None) -> None:
    assert parse_token(token) == TokenClaims()


@tried
@given(st.text(), st.binary())
def test_no_token_can_break_anything(text: str, content: bytes) -> None:
    parse_token(text)
    parse_token(f"sntrys_{text}_{text}")
    parse_token(f"sntrys_{base64.b64encode(content).decode()}_x")


SAAS = TokenClaims(url="https://sentry.io", region_url="https://us.sentry.io")
OWN = TokenClaims(url="https://sentry.example.com:8443")
REGION = TokenClaims(region_url="https://us.sentry.io")


@pytest.mark.parametrize(
    ("facts", "url", "mentions"),
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
        pytest.param(TokenClaims(), "https://anywhere.test", True, id="a token that says nothing"),
    ],
)
def test_a_token_is_only_for_the_server_it_was_made_for(
    facts: TokenClaims, url: str, *, mentions: bool
) -> None:
    assert facts.is_for(url) is mentions


EU = {"url": "https://sentry.io", "region_url": "https://de.sentry.io"}
SELF_HOSTED = {"url": None, "region_url": "https://sentry.local"}  # getsentry/sentry#56925
NO_ADDRESS = {"url": None, "region_url": None}


def claims_of(payload: Mapping[str, object]) -> TokenClaims:
    return parse_token(organization_token({"org": "acme", **payload}))


@pytest.mark.parametrize(
    ("payload", "user_url", "server", "fallback"),
    [
        pytest.param({}, None, "https://sentry.io", None, id="no claims"),
        pytest.param(EU, None, "https://sentry.io", "https://de.sentry.io", id="url, then region"),
        pytest.param(EU, "https://sentry.io", "https://sentry.io", None, id="the user's url only"),
        pytest.param(EU, "http://sentry.io", "http://sentry.io", None, id="… also without TLS"),
        pytest.param(SELF_HOSTED, None, "https://sentry.local", None, id="region if url is null"),
        pytest.param(
            {"region_url": "https://sentry.local:9000/"},
            None,
            "https://sentry.local:9000",
            None,
            id="region if url is absent",
        ),
        pytest.param(
            {"url": "https://a.test", "region_url": "https://a.test/"},
            None,
            "https://a.test",
            None,
            id="a region that is the same server",
        ),
        pytest.param(
            {"url": "http://a.test:9000", "region_url": "http://r.a.test"},
            None,
            "https://a.test:9000",
            "https://r.a.test",
            id="TLS, although the token says http",
        ),
        pytest.param(
            {"url": "http://a.test", "region_url": "https://a.test"},
            None,
            "https://a.test",
            None,
            id="… after which both are the same",
        ),
        pytest.param(
            {"url": "http://localhost:9000"}, None, "http://localhost:9000", None, id="localhost"
        ),
        pytest.param(
            {"url": "http://127.8.9.1:9000", "region_url": "http://[::1]:9000"},
            None,
            "http://127.8.9.1:9000",
            "http://[::1]:9000",
            id="the loopback network",
        ),
        pytest.param(
            {"url": "http://127.0.0.1.evil.test"},
            None,
            "https://127.0.0.1.evil.test",
            None,
            id="not the loopback network",
        ),
        pytest.param(NO_ADDRESS, None, None, None, id="a self-hosted server without an address"),
        pytest.param({"url": "ftp://a.test"}, None, None, None, id="not a web address"),
        pytest.param({"url": "https://u:p@a.test"}, None, None, None, id="a login"),
        pytest.param({"url": "http://a.test\\.localhost"}, None, None, None, id="a backslash"),
        pytest.param({"url": "https://a.test/sentry"}, None, None, None, id="a path"),
        pytest.param({"url": "https://[", "region_url": 7}, None, None, None, id="no addresses"),
        pytest.param(NO_ADDRESS, "https://a.test", "https://a.test", None, id="the user's then"),
    ],
)
def test_a_token_goes_only_to_a_server_that_it_or_the_user_names(
    payload: Mapping[str, object], user_url: str | None, server: str | None, fallback: str | None
) -> None:
    claims = claims_of(payload)

    assert choose_server(user_url, claims) == server
    assert choose_fallback_server(user_url, claims) == fallback


ADDRESSES = st.one_of(
    st.none(), st.integers(), st.text(max_size=20), st.text(max_size=20).map("http://{}".format)
)


@tried
@given(ADDRESSES, ADDRESSES)
def test_a_chosen_server_uses_tls_or_is_this_machine(url: object, region_url: object) -> None:
    claims = claims_of({"url": url, "region_url": region_url})

    for root in (choose_server(None, claims), choose_fallback_server(None, claims)):
        local = ("http://localhost", "http://127.", "http://[::1]")
        assert root is None or root.startswith(("https://", *local))
