"""The story, one module for each phase: ask, find, decide, do, tell."""
