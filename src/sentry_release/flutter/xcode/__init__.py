"""Reading Xcode projects and property lists."""
