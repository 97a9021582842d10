"""Parse Xcode projects and property lists."""
