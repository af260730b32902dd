"""Dead letters: what they hold, giving them back, and giving them up."""
