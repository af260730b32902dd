"""The live channel: a WebSocket API before the one function."""
