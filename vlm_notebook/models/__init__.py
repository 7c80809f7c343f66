"""What an endpoint offers."""
