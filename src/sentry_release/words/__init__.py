"""The words everything else is said in: frozen nouns, and what can go wrong."""
