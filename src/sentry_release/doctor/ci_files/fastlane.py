"""Recognizes fastlane files with lanes or actions, and their imports."""

import re
from collections.abc import Iterator

_RUBY = re.compile(r"Fastfile[\w.-]*|.*\.rb")
_IMPORT = re.compile(r"^[ \t]*import[ \t(]+[\"'](?P<path>[^\"'\n#]{1,300})[\"']", re.MULTILINE)


def is_ruby(name: str) -> bool:
    """
    Return whether a file in fastlane's folder contains lanes or an action.

    >>> is_ruby("Fastfile-Android"), is_ruby("report.xml")
    (True, False)
    """
    return _RUBY.fullmatch(name) is not None


def find_imports(text: str) -> Iterator[str]:
    """
    Return the paths that a Fastfile imports, relative to its folder.

    Source: https://docs.fastlane.tools/advanced/Fastfile/#import
    """
    for found in _IMPORT.finditer(text):
        yield found["path"]
