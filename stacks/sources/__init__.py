"""What invokes the function."""
