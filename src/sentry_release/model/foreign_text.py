"""Text of others: JSON and shown text, in which U+FFFD replaces what cannot be written or hides."""

import json
import re
from typing import Any

_HALF_PAIR = re.compile("[\\ud800-\\udfff]")
HIDING = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Control characters except tabs and line breaks, and those that change a text's direction."""


def parse_json(text: str | bytes) -> Any:  # noqa: ANN401 - JSON
    """
    Return the value of a JSON text, with U+FFFD for each half of a pair of surrogates.

    JSON can name such a half, which no encoding can write.
    Raises ValueError if the text is not valid, or is nested too deeply.
    Source: https://www.rfc-editor.org/rfc/rfc8259#section-8.2
    """
    try:
        value = json.loads(text)
        escaped = text if isinstance(text, str) else text.decode("utf-8", "replace")
        if "\\ud" in escaped or "\\uD" in escaped:
            value = json.loads(_HALF_PAIR.sub("\ufffd", json.dumps(value, ensure_ascii=False)))
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    return value


def replace_hiding(text: str) -> str:
    """
    Return the text without escape sequences and changes of its direction.

    Source: https://www.unicode.org/reports/tr9/#Explicit_Directional_Embeddings
    """
    return HIDING.sub("\ufffd", text)
