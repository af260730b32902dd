"""Files of exports on this machine."""
