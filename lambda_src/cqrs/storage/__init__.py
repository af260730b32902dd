"""Values of any size in items of limited size, lists by status, and how long items live."""
