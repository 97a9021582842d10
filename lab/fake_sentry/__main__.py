"""`python -m fake_sentry [PORT]`: print the variables to export, then serve until stopped."""

import signal
import sys
from contextlib import suppress

from fake_sentry import Entry, FakeServers


def _tell(entry: Entry) -> None:
    print(entry.status or "---", entry, file=sys.stderr, flush=True)


def main() -> None:
    """Serve until SIGINT or SIGTERM, and log requests on stderr."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    with suppress(KeyboardInterrupt), FakeServers(port=port, watch=_tell) as sentry:
        exports = {
            "SENTRY_URL": sentry.url,
            "SENTRY_ORG": sentry.organization,
            "SENTRY_PROJECT": sentry.projects[0],
            "SENTRY_AUTH_TOKEN": sentry.token,
            "SENTRY_TOKEN_ORG_CI": sentry.organization_token,
            "SENTRY_TOKEN_READONLY": sentry.readonly_token,
            "GITHUB_API_URL": sentry.github_url,
            "GITHUB_TOKEN": sentry.github_token,
        }
        for name, value in exports.items():
            print(f"export {name}={value}")
        sys.stdout.flush()
        signal.pause()


if __name__ == "__main__":
    main()
