"""Debug files and source maps: recognised, identified, packed, and checked against what ships."""
