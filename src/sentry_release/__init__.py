"""
Sentry Release for Flutter: releases, deploys, uploads and release health from CI.

docs/architecture.md describes the packages; a package imports only from the layers below it.
"""

__version__ = "1.0.0.dev0"
