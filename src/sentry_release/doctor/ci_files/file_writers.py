"""Detects commands that write to a file of the project."""

import re

_IN_PLACE = re.compile(
    r"\b(?:g?sed|perl)\b[^;&|]{0,1000}\s-(?:[a-zA-Z]{0,5}i\S{0,20}|-in-place)"
    r"|\byq\b[^;&|]{0,1000}\s(?:-[a-zA-Z]{0,5}i|--inplace|w|write)\b|\bawk\b[^;&|]{0,1000}\binplace\b"
)
_INTO = r"(?:(?<!>)>\|?|\btee|\b(?:cp|mv)\b[^;&|]{{0,1000}}\s)[ \t]*[\"']?(?:[^\s\"';&|]{{0,300}}/)?{name}[\"']?(?=[\s;&|)]|$)"


def writes_file(command: str, file_name: str, word: str) -> bool:
    """
    Return whether a command may write a key of a file: it edits it in place or replaces the file.

    Args:
        command: The command line.
        file_name: The file's name, without its folder.
        word: The key; a command that edits in place must name it.

    >>> writes_file("perl -pi -e 's/^  dist:/  dist: 7/' pubspec.yaml", "pubspec.yaml", "dist")
    True
    >>> writes_file("sed -i 's/^version:.*/version: 2/' pubspec.yaml", "pubspec.yaml", "dist")
    False
    """
    if file_name not in command:
        return False
    if _IN_PLACE.search(command):
        return re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", command) is not None
    return re.search(_INTO.format(name=re.escape(file_name)), command) is not None
