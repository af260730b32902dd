"""The application's own: its state machines and resources, one module for each concern."""
