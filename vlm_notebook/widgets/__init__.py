"""Controls to ask with instead of code."""
