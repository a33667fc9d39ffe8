"""The plan, apply and destroy of one synthesized stack in AWS."""
