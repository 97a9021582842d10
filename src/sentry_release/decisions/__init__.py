"""Everything that is decided: facts in, decisions out, not one read or write."""
