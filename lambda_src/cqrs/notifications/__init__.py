"""Messages about changes, for whoever asked for them."""
