"""Which proxy a request takes, by the variables of the environment."""

import pytest

from sentry_release.adapters.http.tls_and_proxy import find_proxy
from sentry_release.errors import WorkflowError

SENTRY = "https://sentry.acme.dev"


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        pytest.param({}, None, id="no variable"),
        pytest.param({"HTTPS_PROXY": ""}, None, id="an empty variable"),
        pytest.param({"HTTPS_PROXY": "http://one:3128"}, "http://one:3128", id="HTTPS_PROXY"),
        pytest.param({"https_proxy": "http://one:3128"}, "http://one:3128", id="https_proxy"),
        pytest.param(
            {"https_proxy": "http://one:1", "HTTPS_PROXY": "http://two:2"},
            "http://one:1",
            id="lower case wins",
        ),
        pytest.param({"HTTP_PROXY": "http://one:3128"}, None, id="HTTP_PROXY is not for https"),
        pytest.param({"all_proxy": "http://one:3128"}, "http://one:3128", id="all_proxy"),
        pytest.param(
            {"ALL_PROXY": "http://one:1", "HTTPS_PROXY": "http://two:2"},
            "http://two:2",
            id="ALL_PROXY comes last",
        ),
        pytest.param({"HTTPS_PROXY": "one:3128"}, "http://one:3128", id="without a scheme"),
        pytest.param({"HTTPS_PROXY": "https://one"}, "https://one", id="with TLS"),
        pytest.param({"HTTPS_PROXY": "http://[::1]:3128"}, "http://[::1]:3128", id="IPv6"),
    ],
)
def test_the_proxy_of_a_server_with_tls(environ: dict[str, str], expected: str | None) -> None:
    found = find_proxy(SENTRY, environ)

    assert (found and found.url) == expected


def test_a_server_without_tls_takes_http_proxy() -> None:
    environ = {"HTTP_PROXY": "http://one:1", "HTTPS_PROXY": "http://two:2"}
    found = find_proxy("http://sentry.acme.dev", environ)

    assert found is not None
    assert found.url == "http://one:1"


def test_credentials_are_decoded_and_kept_out_of_url_and_log() -> None:
    found = find_proxy(SENTRY, {"HTTPS_PROXY": "http://us%3Aer:p%40ss@one:3128"})

    assert found is not None
    assert (found.url, found.credentials) == ("http://one:3128", "us:er:p@ss")
    assert "p@ss" not in repr(found)


@pytest.mark.parametrize(
    ("no_proxy", "url"),
    [
        ("sentry.acme.dev", SENTRY),
        ("acme.dev", SENTRY),
        (".acme.dev", SENTRY),
        ("*.acme.dev", SENTRY),
        ("localhost, ACME.dev", SENTRY),
        ("acme.dev:443", SENTRY),
        ("sentry.acme.dev:8443", "https://sentry.acme.dev:8443"),
        ("*", SENTRY),
        ("10.1.2.3", "https://10.1.2.3"),
        ("10.0.0.0/8", "https://10.1.2.3:9000"),
        ("192.168.0.0/16,10.1.2.0/24", "https://10.1.2.3"),
        ("fd00::/8", "https://[fd00::1]"),
        ("[fd00::1]", "https://[fd00::1]:9000"),
    ],
)
@pytest.mark.parametrize("variable", ["NO_PROXY", "no_proxy"])
def test_no_proxy_is_used_for_what_no_proxy_lists(variable: str, no_proxy: str, url: str) -> None:
    assert find_proxy(url, {"ALL_PROXY": "http://one:3128", variable: no_proxy}) is None


@pytest.mark.parametrize(
    ("no_proxy", "url"),
    [
        ("", SENTRY),
        ("cme.dev", SENTRY),
        ("entry.acme.dev", SENTRY),
        ("acme.dev.example", SENTRY),
        ("acme.dev:8443", SENTRY),
        ("11.0.0.0/8", "https://10.1.2.3"),
        ("10.0.0.0/8", "https://sentry.10.example"),
        ("10.0.0.0/99,,/", "https://10.1.2.3"),
    ],
)
def test_a_proxy_is_used_for_what_no_proxy_does_not_list(no_proxy: str, url: str) -> None:
    assert find_proxy(url, {"ALL_PROXY": "http://one:3128", "NO_PROXY": no_proxy}) is not None


@pytest.mark.parametrize(
    "address",
    [
        "socks5://user:secret@one:1080",
        "socks5h://one",
        "ftp://one",
        "http://user:secret@one:port",
        "http://user:secret@",
        "http://user:secret@one:99999",
        "http://user:secret@[::1",
    ],
)
def test_a_proxy_that_cannot_be_used_is_an_error_that_names_the_variable(address: str) -> None:
    with pytest.raises(WorkflowError) as refused:
        find_proxy(SENTRY, {"https_proxy": address})

    assert "https_proxy" in refused.value.message
    assert "SOCKS is not supported" in refused.value.reason
    assert "secret" not in str(refused.value)
