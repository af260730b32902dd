"""Services of AWS in memory, as the clients of the SDK show them."""
