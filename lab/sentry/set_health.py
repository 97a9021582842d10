#!/usr/bin/env python3
"""
Give a release of the lab its session counts, which `GET sessions/` then returns.

The name goes into Sentry's string indexer, as ingestion would put it there, and the counts into
$SENTRY_LAB/health.json, from which the stub of Snuba answers.
"""

import argparse
import fcntl
import json
import os
import subprocess
from pathlib import Path

_INDEXED = """
with org as (select id from sentry_organization where slug = 'lab'),
  known as (select s.id from sentry_stringindexer s, org
            where s.organization_id = org.id and s.string = :'release'),
  added as (insert into sentry_stringindexer
              (string, organization_id, date_added, last_seen, retention_days)
            select :'release', org.id, now(), now(), 90 from org
            where not exists (select 1 from known) returning id)
select id from known union select id from added
"""


def main() -> None:
    """Read the command line, and write the counts down."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("release")
    parser.add_argument("sessions", type=int)
    parser.add_argument("crashed", type=int)
    parser.add_argument("users", type=int, nargs="?", help="as many as sessions, unless given")
    parser.add_argument("crashed_users", type=int, nargs="?")
    counts = vars(parser.parse_args())
    if counts["crashed_users"] is None:
        counts |= {"users": counts["sessions"], "crashed_users": counts["crashed"]}
    path = Path(os.environ.get("SENTRY_LAB", "/var/tmp/sentry-lab"), "health.json")
    number = indexed(counts["release"], port=int(os.environ.get("SENTRY_LAB_PORT", "9000")) + 1)
    with Path(f"{path}.lock").open("w") as lock:  # tests set counts at the same time
        fcntl.flock(lock, fcntl.LOCK_EX)
        rows = json.loads(path.read_text()) if path.exists() else []
        others = [row for row in rows if row["id"] != number]
        new = path.with_suffix(".new")
        new.write_text(json.dumps([*others, {"id": number, **counts}]))
        new.replace(path)  # the stub reads it at any moment


def indexed(release: str, *, port: int) -> int:
    """The number that stands for the name in metrics; `port` is PostgreSQL's."""
    where = ["-h", "127.0.0.1", "-p", str(port), "-U", "postgres", "sentry"]
    command = ["psql", "-qAt", *where, "-v", f"release={release}"]
    done = subprocess.run(command, input=_INDEXED, text=True, stdout=subprocess.PIPE, check=False)
    if done.returncode or not done.stdout.strip():
        raise SystemExit(
            "the lab's database did not take the name; does the lab run? lab/sentry/start"
        )
    return int(done.stdout)


if __name__ == "__main__":
    main()
