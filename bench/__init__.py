"""What the project promises about speed, measured: one file per promise, each a ratio within one run. Nothing imports it."""
