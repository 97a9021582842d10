"""Reads what the doctor looks at from the workspace."""
