"""The live channel: connections by WebSocket, which are told of changes."""
