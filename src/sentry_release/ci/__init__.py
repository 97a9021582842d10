"""The facts of a run: from the CI provider, its event and the checkout; no I/O."""
