"""Parse the JSON of others into values that can be written again."""

import json
import re
from typing import Any

_HALF_PAIR = re.compile("[\\ud800-\\udfff]")


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
