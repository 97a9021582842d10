"""Reading Gradle scripts without running them."""
