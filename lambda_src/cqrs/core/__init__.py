"""The base of everything else: values, keys, time, texts; it knows nothing of AWS."""
