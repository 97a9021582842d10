"""Rules for naming a release and for what is sent to Sentry; no I/O."""
