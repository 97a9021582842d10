"""Job summaries, step outputs and notifications."""
