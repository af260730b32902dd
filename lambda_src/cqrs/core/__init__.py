"""What everything else is built of: values, keys, time, texts; it knows nothing of AWS."""
