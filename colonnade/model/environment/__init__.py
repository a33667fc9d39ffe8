"""An environment: its settings, the TOML document that they come from, and their rules."""
