"""The use cases over HTTP and WebSocket alone, as a browser would do them."""
