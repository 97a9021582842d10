"""AndroidManifest.xml -> the attributes of its root."""

import re

MAX_BYTES = 256 * 1024
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_ROOT = re.compile(r"<manifest(?=[\s>])([^<>]*)")
_ATTRIBUTE = re.compile(r"""(?<![\w:.-])([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")


def parse_manifest_attributes(data: bytes) -> dict[str, str]:
    """
    Read what `<manifest …>` says of itself; nothing of a file that is none, or too long.

    Entities are left as they are: none of the attributes asked for here may hold one.

    Source: https://developer.android.com/guide/topics/manifest/manifest-element
    """
    if len(data) > MAX_BYTES:
        return {}
    text = _COMMENT.sub("", data.decode("utf-8-sig", errors="replace"))
    root = _ROOT.search(text)
    found = _ATTRIBUTE.findall(root[1]) if root else []
    return {name: double or single for name, double, single in found}
