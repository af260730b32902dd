"""What the tests of imports need: data, a driver, and a strategy for the function."""
