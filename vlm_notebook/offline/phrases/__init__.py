"""Every sentence the embedded reader can say, by language."""
