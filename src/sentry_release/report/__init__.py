"""What a user reads: job summaries, outputs, notifications."""
