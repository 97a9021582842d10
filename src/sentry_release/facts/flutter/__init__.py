"""What each platform's files say of a Flutter app; what they do not say is said, never guessed."""
