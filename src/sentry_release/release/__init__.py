"""Naming a release and planning what is sent to Sentry; pure."""
