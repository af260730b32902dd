"""The parts of docs/ that show the monitoring, made from its definition."""
