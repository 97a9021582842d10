"""How properties are tried: how often, without luck or a clock, and without a trace on the disk."""

import os
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis.configuration import set_hypothesis_home_dir

set_hypothesis_home_dir(Path(tempfile.gettempdir()) / "sentry-release-hypothesis")

# How many examples each property gets; scripts/e2e tries many more than `make test`.
EXAMPLES = int(os.environ.get("EXAMPLES", "10"))

# The same examples in every run, so that a failure shows a change and not chance.
tried = settings(max_examples=EXAMPLES, deadline=None, database=None, derandomize=True)
