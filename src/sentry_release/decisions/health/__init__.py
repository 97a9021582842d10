"""Figures of a release -> whether it is healthy, and why."""
