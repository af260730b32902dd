"""The sources that invoke the function."""
