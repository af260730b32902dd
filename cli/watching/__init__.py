"""The display of something that goes on, until its end."""
