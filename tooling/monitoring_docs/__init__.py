"""What docs/ shows of the monitoring, made from its definition."""
