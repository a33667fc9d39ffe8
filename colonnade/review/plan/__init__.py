"""The reader of a plan: JSON -> resource changes without sensitive or unknown values -> index of resources."""
