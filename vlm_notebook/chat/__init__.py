"""A request out, deltas in, an answer kept."""
