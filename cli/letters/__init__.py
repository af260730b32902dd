"""Dead letters: what they hold, where they came from, and who gave them up."""
