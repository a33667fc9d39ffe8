"""Plans and applies one synthesized stack in AWS."""
