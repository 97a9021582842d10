"""Secrets -> lines in which they are stars."""

import re


class Masks:
    """What must not be read in the log of a job, from the moment it is known."""

    def __init__(self, *secrets: str) -> None:
        self._secrets = set(filter(None, secrets))

    def add(self, secret: str) -> None:
        """Hide a text, and each of its lines (ACM:440-448)."""
        lines = (line.strip() for line in re.split(r"[\r\n]+", secret))
        self._secrets |= set(filter(None, (secret, *lines)))

    def applied(self, line: str) -> str:
        """The line, where one row of stars stands for secrets that touch or overlap."""
        spans = sorted(
            (hit.start(), hit.start() + len(secret))
            for secret in self._secrets
            # a look-ahead also finds a secret that starts inside another one
            for hit in re.finditer(f"(?={re.escape(secret)})", line)
        )
        pieces, end = [], -1
        for start, stop in spans:
            if start > end:
                pieces += [line[max(end, 0) : start], "***"]
            end = max(end, stop)
        return "".join([*pieces, line[max(end, 0) :]])
