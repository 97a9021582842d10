"""Fixes for findings of the doctor."""
