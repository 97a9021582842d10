"""Web support, Content Security Policies, and names of routes, also of generated ones."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from html import unescape
from itertools import islice
from pathlib import PurePosixPath

from sentry_release.dart.conditions import Guard, find_enclosing_guards
from sentry_release.dart.expressions import (
    Call,
    find_calls,
    find_expression,
    get_code,
    get_identifier,
    get_literal_text,
    resolve_constant,
)
from sentry_release.dart.sentry_options import find_sentry_inits
from sentry_release.dart.source import DartSource, Span
from sentry_release.doctor.app import App, get_only
from sentry_release.doctor.ci_files.builds import find_builds
from sentry_release.flutter.pubspec import is_older
from sentry_release.model.finding import Severity
from sentry_release.model.platform import Platform

_HEADER = "content-security-policy"
# Whatever does not end reaches to the end of the page, so that no character is read twice.
_HTML = re.compile(
    r"<!--(?:.*?-->|.*)"
    r"|<(?P<raw>script|style)(?=[\s/>]).*?(?:</(?P=raw)|\Z)"
    r"|<(?P<tag>[a-z][^\s/>]*+)"
    r"(?P<attributes>(?:[^>=]++|=\s*+(?:\"[^\"]*+(?:\"|\Z)|'[^']*+(?:'|\Z))?+)*+)(?:>|\Z)"
    r"|<[!?/][^>]*+(?:>|\Z)",
    re.DOTALL | re.IGNORECASE,
)
_ATTRIBUTE = re.compile(
    r"(?P<name>[^\s\"'<>/=]++)"
    r"(?:\s*+=\s*+(?:\"(?P<double>[^\"]*+)(?:\"|\Z)|'(?P<single>[^']*+)(?:'|\Z)|(?P<bare>[^\s\"'<>]++)))?+"
)
_LONG_REFERENCE = re.compile(r"&#[0-9]{8,}+;?+")
_AUTO_ROUTER = re.compile(r"\bextends\s+(?:RootStackRouter|_?\$\w+)\b|@AutoRouterConfig\b")
GO_ROUTE = re.compile(r"\bGoRoute\s*\(")
"""The start of a route of go_router."""
_AUTO_ROUTE = re.compile(
    r"\b(?:Auto|Material|Cupertino|Adaptive|Custom)Route\s*+(?:<[^;(){}]{0,80}>\s*+)?\("
)
_PAGE = re.compile(r"(?P<name>\w+)\s*\.\s*page")
_TYPED_SHELL = re.compile(
    r"@Typed(?:StatefulShellBranch|ShellRoute)\s*<\s*(?P<name>\w+)\s*>|"
    r"\bTyped(?:StatefulShellBranch|ShellRoute)\s*<\s*(?P<inner>\w+)\s*>"
)
_NEAR = 120  # characters before a bracket
_MOST = 100  # per file
SESSIONS_SINCE = "9.0.0"
"""The first version of sentry_flutter with sessions on the web. Source: https://github.com/getsentry/sentry-dart/pull/2794"""
_EXTRACTOR = re.compile(r"\brouteNameExtractor\s*:")


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentSecurityPolicy:
    """A policy and the line of its `<meta>`, from 1."""

    text: str
    line: int

    def get_sources(self, *directives: str) -> frozenset[str] | None:
        """
        Return the sources of the first of these directives that the policy has; None for none.

        The first occurrence of a repeated directive counts.
        Source: https://www.w3.org/TR/CSP3/#parse-serialized-policy
        """
        found: dict[str, frozenset[str]] = {}
        for part in self.text.split(";"):
            name, *sources = part.split() or [""]
            found.setdefault(name.lower(), frozenset(one.lower() for one in sources))
        return next((found[name] for name in directives if name in found), None)


def parse_csp(text: str) -> tuple[ContentSecurityPolicy, ...]:
    """
    Return the policies of a page in their order, the first hundred; those in comments do not count.

    The parser of the standard library takes quadratic time for tags that do not end.
    Source: https://html.spec.whatwg.org/multipage/parsing.html#tokenization
    """
    metas = (one for one in _HTML.finditer(text) if (one["tag"] or "").lower() == "meta")
    found = ((one.start(), _parse_attributes(one["attributes"])) for one in metas)
    policies = (
        ContentSecurityPolicy(text=values.get("content", ""), line=text.count("\n", 0, start) + 1)
        for start, values in found
        if values.get("http-equiv", "").lower() == _HEADER
    )
    return tuple(islice(policies, _MOST))


def _parse_attributes(text: str) -> dict[str, str]:
    """Return the attributes of a tag, the first of each name, with names in lower case."""
    values: dict[str, str] = {}
    for one in _ATTRIBUTE.finditer(text):
        value = one["double"] or one["single"] or one["bare"] or ""
        # Python converts no number of more digits, and no character has one.
        values.setdefault(one["name"].lower(), unescape(_LONG_REFERENCE.sub("\ufffd", value)))
    return values


def find_line(text: str, pattern: str, *, flags: re.RegexFlag = re.MULTILINE) -> int | None:
    """Return the line, from 1, of the pattern's first match; None if there is none."""
    found = re.search(pattern, text, flags)
    return text.count("\n", 0, found.start()) + 1 if found else None


def find_route_name(app: App, dart: DartSource, call: Call, argument: str) -> str | None:
    """
    Return the text of a named argument: a literal, a constant of the file or of a class.

    None if several classes have the same name, since the constant is then ambiguous.
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
    dart = get_only(file.dart for file in app.dart if owner in file.dart.types)
    body = _find_class_body(dart, owner) if dart else None
    if dart is None or body is None:
        return None
    declared = re.compile(rf"\b(?:const|final)\s+(?:String\s+)?{re.escape(constant)}\s*=\s*")
    found = declared.search(dart.code, body.start, body.end)
    return get_literal_text(dart, find_expression(dart, found.end())) if found else None


def _find_class_body(dart: DartSource, owner: str) -> Span | None:
    opening = re.compile(rf"\b(?:class|mixin|extension)\s+{re.escape(owner)}\b[^{{;]*\{{")
    found = opening.search(dart.code)
    closing = dart.brackets.find_closing(found.end() - 1) if found else None
    return Span(start=found.end(), end=closing) if found and closing is not None else None


class WebSupport(Enum):
    """The evidence that users run the app in a browser."""

    BUILT = "The app is built for the web"
    FOLDER = "The app has a `web` folder (`flutter create` adds one by default)"
    NONE = "The app is not built for the web"


def find_web_support(app: App) -> WebSupport:
    """Return the evidence that the app is built for the web."""
    if any(build.platform is Platform.WEB for build in find_builds(app)):
        return WebSupport.BUILT
    return WebSupport.FOLDER if Platform.WEB in app.platforms else WebSupport.NONE


def has_web_sessions(app: App) -> bool:
    """Return whether the app may run on the web with an SDK that supports sessions there."""
    if app.sdk is None or find_web_support(app) is WebSupport.NONE or is_excluded_from_web(app):
        return False
    return not is_older(app.sdk, SESSIONS_SINCE)


def do_route_names_matter(app: App) -> bool:
    """Return whether route names decide about sessions: an observer may extract its own."""
    return has_web_sessions(app) and not any(_EXTRACTOR.search(file.dart.code) for file in app.dart)


def get_web_severity(app: App) -> Severity | None:
    """Return None, the rule's severity, if the web is built; INFO if there is only a folder."""
    return None if find_web_support(app) is WebSupport.BUILT else Severity.INFO


def is_excluded_from_web(app: App) -> bool:
    """
    Return whether no browser starts the SDK, by conditions or by conditional imports.

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
    """Return whether imports reach a file everywhere but in browsers."""
    return path in app.reachable and path not in app.reachable_on_web


def _excludes_web(dart: DartSource, guard: Guard) -> bool:
    if guard.condition is None:
        return False
    code = "".join(get_code(dart, guard.condition).split()).replace("foundation.", "")
    if guard.negated:
        return "&&" not in code and "kIsWeb" in code.split("||")
    return "||" not in code and "!kIsWeb" in code.split("&&")


def find_first_auto_routes(dart: DartSource) -> Iterator[tuple[int, str]]:
    """
    Return where auto_route's first route is declared, and its generated name: never `/`.

    Source: https://pub.dev/packages/auto_route
    """
    if "AutoRoute" not in dart.code or not _AUTO_ROUTER.search(dart.code):
        return
    for call in islice(find_calls(dart, _AUTO_ROUTE), _MOST):
        page = call.named.get("page")
        found = _PAGE.fullmatch(get_code(dart, page)) if page else None
        path, initial = call.named.get("path"), call.named.get("initial")
        is_first = (path is not None and get_literal_text(dart, path) == "/") or (
            initial is not None and get_code(dart, initial) == "true"
        )
        if found and is_first and not _is_nested(dart, call.start):
            yield call.start, found["name"]


def find_typed_shells(dart: DartSource) -> Iterator[tuple[int, str]]:
    """
    Return where go_router_builder's shells are declared, and the classes of their data.

    Source: https://pub.dev/documentation/go_router_builder/latest/topics/Shell%20routes-topic.html
    """
    if "Shell" not in dart.code:
        return
    for found in islice(_TYPED_SHELL.finditer(dart.code), _MOST):
        yield found.start(), found["name"] or found["inner"]


def declares_observers(dart: DartSource, name: str) -> bool:
    """Return whether a class of shell data has a static `$observers`."""
    found = (
        re.search(rf"\bclass\s+{re.escape(name)}\b[^{{}}]{{0,300}}", dart.code)
        if name in dart.code
        else None
    )
    closing = dart.brackets.find_closing(found.end()) if found else None
    return bool(found and closing and re.search(r"\$observers\b", dart.code[found.end() : closing]))


def _is_nested(dart: DartSource, offset: int) -> bool:
    """Return whether a route is a child of another one."""
    return any(
        found.end() == pair.start + 1
        for pair in dart.brackets.list_enclosing(offset)
        if dart.code[pair.start] == "("
        for found in _AUTO_ROUTE.finditer(dart.code, pair.start - _NEAR, pair.start + 1)
    )
