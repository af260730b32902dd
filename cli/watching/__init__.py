"""What shows how something goes on, until its end."""
