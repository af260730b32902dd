"""The live channel: connections by WebSocket, which get notifications."""
