"""The doctor's rules, each beside the function that finds where it is broken."""
