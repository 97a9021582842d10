"""Release names as a fuzzer would choose them: near the rules of Sentry, on both sides."""

from hypothesis import strategies as st

_ODD = st.text(alphabet="01abzAZ@.+-_ /\\\n\té✓~:\x7f\x0b", max_size=14)
_PACKAGE = st.sampled_from(["shop", "@scope", "com.example.shop", "a b", "é", ""])
_NUMBER = st.sampled_from(
    ["0", "1", "01", "12", "9223372036854775807", "9223372036854775808", "99999999999999999999"]
)
_NUMBERS = st.lists(_NUMBER | st.sampled_from(["x", "v1", ""]), min_size=1, max_size=5).map(
    ".".join
)
_PRERELEASE = st.sampled_from(
    ["", "", "-a", "-", "a1", "-beta.1", "-01", "-0", "A", "-rc.", "-1.x", "--", "-é", "-1a.01"]
)
_BUILD = st.sampled_from(["", "+1", "+a.b", "+", "+a_b", "+1.", "+é", "+1+2", "+0042"])
_HASH = st.sampled_from(["abcdef012345", "202401011200", "A" * 40, "0" * 64, "0" * 63])
_VERSION = st.builds("{}{}{}".format, _NUMBERS, _PRERELEASE, _BUILD) | _HASH

NAMES = _ODD | st.builds("{}{}{}".format, _PACKAGE, st.sampled_from(["@", "@", "@", ""]), _VERSION)
