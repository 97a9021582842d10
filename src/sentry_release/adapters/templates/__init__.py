"""Templates: what renders them, and in which limits."""
