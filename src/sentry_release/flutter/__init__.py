"""What a Flutter project says about its app, read from the text of its files (pure)."""
