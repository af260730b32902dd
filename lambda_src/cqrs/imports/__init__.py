"""CSV imports."""
