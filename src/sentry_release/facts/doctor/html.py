"""web/index.html -> the Content Security Policies that it declares."""

from dataclasses import dataclass
from html.parser import HTMLParser

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
