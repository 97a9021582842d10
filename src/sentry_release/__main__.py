"""`python -m sentry_release` is the command `sentry-release`."""

import signal


def main() -> None:
    """
    Run the command line.

    While the program is imported, Ctrl-C ends the process at once, without a traceback.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from sentry_release.cli.main import main as run_command_line

    run_command_line()


if __name__ == "__main__":
    main()
