"""FD33: a page whose Content Security Policy blocks the SDK's script."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sentry_release.doctor.analysis.web import WebSupport, find_web_support, has_web_sessions
from sentry_release.doctor.app import App, Check
from sentry_release.model.finding import Finding, Rule, Severity

if TYPE_CHECKING:
    from sentry_release.doctor.analysis.web import ContentSecurityPolicy

BLOCKED_BY_CSP = Rule(
    id="FD33",
    name="policy-blocks-sdk",
    severity=Severity.WARNING,
    title="The page's Content Security Policy blocks Sentry's script.",
    reason="On the web the SDK loads a script from browser.sentry-cdn.com. If the script is "
    "blocked, the SDK sends neither sessions nor errors and reports no failure.",
    link="https://docs.sentry.io/platforms/javascript/install/loader/#content-security-policy",
    fix="Allow the host in `script-src`.",
    snippet="script-src 'self' https://browser.sentry-cdn.com;",
)
_PAGE = "web/index.html"
_HEADER = "content-security-policy"
_HOST = "browser.sentry-cdn.com"
# With 'strict-dynamic' a trusted script may load others, and browsers ignore hosts.
_ALLOW = {"*", "https:", "'strict-dynamic'", _HOST, "*.sentry-cdn.com"}


def check_csp(app: App) -> Iterator[Finding]:
    """Yield each policy in web/index.html that does not allow the script's host."""
    if not has_web_sessions(app):
        return
    page = app.read_text(_PAGE) or ""
    if _HEADER not in page.lower():
        return
    from sentry_release.doctor.analysis.web import parse_csp

    severity = None if find_web_support(app) is WebSupport.BUILT else Severity.INFO
    for policy in parse_csp(page):
        if not _allows_script_host(policy):
            message = f"The Content Security Policy does not allow scripts from {_HOST}."
            yield BLOCKED_BY_CSP.build_finding(
                app.folder / _PAGE, policy.line, message, severity=severity
            )


def _allows_script_host(policy: "ContentSecurityPolicy") -> bool:
    sources = policy.get_sources("script-src-elem", "script-src", "default-src")
    if sources is None:
        return True
    hosts = {one.removeprefix("https://").partition("/")[0] for one in sources}
    return bool(_ALLOW & (sources | hosts))


CHECKS: tuple[tuple[Rule, Check], ...] = ((BLOCKED_BY_CSP, check_csp),)
