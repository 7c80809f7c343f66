"""Many questions: every combination at once, side by side, and what it took."""
