"""
Sentry releases for Flutter, read from the top floor down.

    cli          which phase, real doors, one place where errors end
    story/       one module for each phase: ask, find, decide, do, tell
    doors/       the outside: the runner, the disk, Sentry, GitHub, the templates
    adapters/    the outside as well, under the names that it keeps
    decisions/   pure: facts in, decisions out
    facts/       pure: text in, frozen facts out
    words/       the nouns that flow, and what can go wrong

A module imports only from floors below its own, or from its own without a circle; doors and
decisions never meet. lint-imports checks it, and docs/architecture.md draws it.
New modules are written in the packages of the new layout, such as flutter/.
"""

__version__ = "1.0.0.dev0"
