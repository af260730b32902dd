"""The routes as data, one module for each kind of thing; what answers them is imported later."""
