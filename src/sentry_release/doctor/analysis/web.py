"""Web support, CSP, route names."""

import re
from dataclasses import dataclass
from enum import Enum
from html.parser import HTMLParser
from pathlib import PurePosixPath

from sentry_release.dart.brackets import Span
from sentry_release.dart.calls import Call
from sentry_release.dart.conditions import Guard, find_enclosing_guards
from sentry_release.dart.expressions import (
    find_expression,
    get_code,
    get_identifier,
    get_literal_text,
    resolve_constant,
)
from sentry_release.dart.sentry_options import find_sentry_inits
from sentry_release.dart.source import DartSource
from sentry_release.doctor.analysis.dependencies import is_older
from sentry_release.doctor.app import App
from sentry_release.doctor.ci_files.builds import find_builds
from sentry_release.flutter.platforms import Platform
from sentry_release.model.finding import Severity

_HEADER = "content-security-policy"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentSecurityPolicy:
    """A policy, and the line of its `<meta>`, from 1."""

    text: str
    line: int

    def get_sources(self, *directives: str) -> frozenset[str] | None:
        """
        The sources of the first of the directives that is there; None where none is.

        Of a directive that stands there twice, the first counts.
        Source: https://www.w3.org/TR/CSP3/#parse-serialized-policy
        """
        found: dict[str, frozenset[str]] = {}
        for part in self.text.split(";"):
            name, *sources = part.split() or [""]
            found.setdefault(name.lower(), frozenset(one.lower() for one in sources))
        return next((found[name] for name in directives if name in found), None)


def parse_csp(text: str) -> tuple[ContentSecurityPolicy, ...]:
    """Every policy of a page, in the order of the page; comments declare none."""
    parser = _MetaParser(convert_charrefs=True)
    parser.feed(text)
    parser.close()
    return tuple(parser.found)


class _MetaParser(HTMLParser):
    """Collects `<meta http-equiv="Content-Security-Policy" content="…">`."""

    def __init__(self, *, convert_charrefs: bool) -> None:
        super().__init__(convert_charrefs=convert_charrefs)
        self.found: list[ContentSecurityPolicy] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep a policy; every other tag is passed over."""
        values = dict(attrs)
        if tag == "meta" and (values.get("http-equiv") or "").lower() == _HEADER:
            self.found.append(
                ContentSecurityPolicy(text=values.get("content") or "", line=self.getpos()[0])
            )

    def parse_marked_section(self, i: int, report: bool = True) -> int:  # noqa: FBT001, FBT002 - theirs
        """
        Pass over `<![…>`, as browsers do, rather than give up on the page.

        Source: https://html.spec.whatwg.org/multipage/parsing.html#markup-declaration-open-state
        """
        return self.parse_bogus_comment(i, report)


def find_line(text: str, pattern: str, *, flags: re.RegexFlag = re.MULTILINE) -> int | None:
    """The line, from 1, where the pattern first matches; None where it does not."""
    found = re.search(pattern, text, flags)
    return text.count("\n", 0, found.start()) + 1 if found else None


def find_route_name(app: App, dart: DartSource, call: Call, argument: str) -> str | None:
    """
    The text of a named argument: a literal, a constant of the file, or one of some class.

    Of classes with the same name nobody knows which is meant, and so their constants are not told.
    """
    span = call.named.get(argument)
    if span is None:
        return None
    found = get_literal_text(dart, resolve_constant(dart, span))
    return (
        found
        if found is not None
        else _find_class_route_name(app, get_identifier(dart, span) or "")
    )


def _find_class_route_name(app: App, name: str) -> str | None:
    owner, _, constant = name.rpartition(".")
    if not owner or "." in owner:
        return None
    holders = [file.dart for file in app.dart if owner in file.dart.types]
    body = _find_class_body(holders[0], owner) if len(holders) == 1 else None
    if body is None:
        return None
    dart = holders[0]
    declared = re.compile(rf"\b(?:const|final)\s+(?:String\s+)?{re.escape(constant)}\s*=\s*")
    found = declared.search(dart.code, body.start, body.end)
    return get_literal_text(dart, find_expression(dart, found.end())) if found else None


def _find_class_body(dart: DartSource, owner: str) -> Span | None:
    opening = re.compile(rf"\b(?:class|mixin|extension)\s+{re.escape(owner)}\b[^{{;]*\{{")
    found = opening.search(dart.code)
    closing = dart.brackets.find_closing(found.end() - 1) if found else None
    return Span(start=found.end(), end=closing) if found and closing is not None else None


SESSIONS_SINCE = "9.0.0"
"""Of sentry_flutter. Source: https://github.com/getsentry/sentry-dart/pull/2794"""
_EXTRACTOR = re.compile(r"\brouteNameExtractor\s*:")


class WebSupport(Enum):
    """How sure it is that users get the app in a browser."""

    BUILT = "a workflow or script builds it"
    FOLDER = "there is a folder, which `flutter create` makes unasked"
    NONE = "there is no sign of it"


def find_web_support(app: App) -> WebSupport:
    """Whether the app goes to the web."""
    if any(build.platform is Platform.WEB for build in find_builds(app.steps)):
        return WebSupport.BUILT
    return WebSupport.FOLDER if Platform.WEB in app.platforms else WebSupport.NONE


def has_web_sessions(app: App) -> bool:
    """Whether the app goes to the web with an SDK that may send sessions there."""
    if app.sdk is None or find_web_support(app) is WebSupport.NONE or is_excluded_from_web(app):
        return False
    return not is_older(app.sdk, SESSIONS_SINCE)


def do_route_names_matter(app: App) -> bool:
    """Whether names of routes decide about sessions: the observer may make names of its own."""
    return has_web_sessions(app) and not any(_EXTRACTOR.search(file.dart.code) for file in app.dart)


def get_web_severity(app: App) -> Severity | None:
    """That of the rule where the web is built, and a hint alone where there is but a folder."""
    return None if find_web_support(app) is WebSupport.BUILT else Severity.INFO


def is_excluded_from_web(app: App) -> bool:
    """
    Whether no browser comes to a start of the SDK, by its conditions or by conditional imports.

    Source: https://api.flutter.dev/flutter/foundation/kIsWeb-constant.html
    """
    starts = [(file, init) for file in app.dart for init in find_sentry_inits(file.dart)]
    return bool(starts) and all(
        _is_excluded_by_imports(app, file.path)
        or any(
            _excludes_web(file.dart, guard)
            for guard in find_enclosing_guards(file.dart, init.call.start)
        )
        for file, init in starts
    )


def _is_excluded_by_imports(app: App, path: PurePosixPath) -> bool:
    """Whether imports lead to a file everywhere but in browsers."""
    return path in app.reachable and path not in app.reachable_on_web


def _excludes_web(dart: DartSource, guard: Guard) -> bool:
    if guard.condition is None:
        return False
    code = "".join(get_code(dart, guard.condition).split()).replace("foundation.", "")
    if guard.negated:
        return "&&" not in code and "kIsWeb" in code.split("||")
    return "||" not in code and "!kIsWeb" in code.split("&&")
