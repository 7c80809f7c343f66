"""The embedded model: a reader that looks at the pixels, with no network."""
