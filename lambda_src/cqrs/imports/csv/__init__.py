"""Files of comma-separated values: what they are written in, and the rows in them."""
