"""Very many jobs, and whether what Sentry has in the end is what they add up to."""
