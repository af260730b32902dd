"""LocalStack as the emulator of the integration tests: in Docker, or as a process without it."""
