"""The needs of the tests of imports: data, a driver, and a strategy for the function."""
