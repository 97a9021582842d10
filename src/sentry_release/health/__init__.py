"""Decisions about the health of a release: gates, statistics, charts."""
