"""Being here, it lets every test, those in the folders below too, import what stands beside it."""
