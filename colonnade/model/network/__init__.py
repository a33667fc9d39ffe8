"""The network of a deployment: its zones, its blocks, and the arithmetic of address ranges."""
