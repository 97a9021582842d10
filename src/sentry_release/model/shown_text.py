"""Text of others that is shown: nothing in it hides or reorders what surrounds it."""

import re

HIDING = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Control characters except tabs and line breaks, and those that change a text's direction."""


def replace_hiding(text: str) -> str:
    """
    Return the text without escape sequences and changes of its direction.

    Source: https://www.unicode.org/reports/tr9/#Explicit_Directional_Embeddings
    """
    return HIDING.sub("\ufffd", text)
