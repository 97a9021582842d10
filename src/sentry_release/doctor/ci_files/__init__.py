"""Parsers of CI files, scripts and build commands (pure)."""
