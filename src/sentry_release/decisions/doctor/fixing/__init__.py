"""The doctor's mechanical mends: each gives edits only where it is sure of them."""
