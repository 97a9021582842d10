"""Files of CI services, as the rules look at them (pure)."""
