"""A plan as it is read: JSON -> resource changes without sensitive or unknown values -> an index of resources."""
