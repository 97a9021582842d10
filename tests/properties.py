"""How properties are tried: how often, without a clock, and without a trace on the disk."""

import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis.configuration import set_hypothesis_home_dir

set_hypothesis_home_dir(Path(tempfile.gettempdir()) / "sentry-release-hypothesis")

tried = settings(max_examples=100, deadline=None, database=None)
