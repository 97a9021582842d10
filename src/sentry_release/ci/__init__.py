"""What the CI host, its event and the checkout say about a run; pure."""
