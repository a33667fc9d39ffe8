"""The images that services run: their pins, and which ones an environment may run."""
