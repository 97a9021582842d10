"""Release health: gates, statistics, charts and the report."""
