"""What is wrong in an environment, for those who look at it and repair it."""
