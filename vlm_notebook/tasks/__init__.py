"""Prompts out, values in."""
