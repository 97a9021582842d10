"""The inputs of a step, read and validated (pure)."""
