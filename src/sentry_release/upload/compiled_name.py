"""Whether compiled Dart code contains the release name that it should have got as a dart-define."""

import re
from collections.abc import Iterator

from sentry_release.model.upload import ByteReader

_SDK_NAME = b"sentry.dart.flutter"
_PLAIN = re.compile(r"[A-Za-z0-9@+._ ~:()-]+")
_PIECE = 1024 * 1024  # bytes that are searched at once


def lacks_name(readers: tuple[ByteReader, ...], name: str) -> bool:
    """
    Return whether code has the Sentry SDK, but not the release name.

    The SDK reads SENTRY_RELEASE as a constant, which compilers write as it is: in a snapshot as
    single bytes, in JavaScript as a literal. A name with characters that they may write otherwise
    is never missing.

    Args:
        readers: The compiled code of one app, in all its files.
        name: The release name.

    Raises:
        ObjectFormatError: An archive with the code is broken.

    Source: sentry-dart, packages/dart/lib/src/environment/_web_environment_variables.dart and
    packages/flutter/lib/src/version.dart
    """
    if not _PLAIN.fullmatch(name):
        return False
    wanted = name.encode()
    has_sdk = False
    for window in _list_windows(readers, overlap=max(len(wanted), len(_SDK_NAME)) - 1):
        if wanted in window:
            return False
        has_sdk = has_sdk or _SDK_NAME in window
    return has_sdk


def _list_windows(readers: tuple[ByteReader, ...], *, overlap: int) -> Iterator[bytes]:
    """Yield the files in pieces, each with the end of the one before."""
    for reader in readers:
        end = b""
        for offset in range(0, reader.size, _PIECE):
            window = end + reader.read_at(offset, _PIECE)
            yield window
            end = window[-overlap:]
