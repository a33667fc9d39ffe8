"""The families of needs: one module for each, listed in `table`."""
