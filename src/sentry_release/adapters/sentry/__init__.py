"""The client of Sentry's web API."""
