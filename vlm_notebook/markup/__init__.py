"""Plain values in, safe text and HTML out."""
