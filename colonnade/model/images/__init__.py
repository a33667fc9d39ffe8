"""The images that services run: their pins, and the rules for images in an environment."""
