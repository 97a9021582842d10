"""Parse Gradle scripts without running them."""
