"""Run very many jobs, and compare the final state of Sentry with the expected sum."""
