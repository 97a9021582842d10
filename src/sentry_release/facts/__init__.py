"""What is asked, given and found: text -> frozen facts, without a single read or write."""
