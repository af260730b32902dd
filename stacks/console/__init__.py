"""The web console: its files behind CloudFront, and the headers that keep it safe."""
