"""What holds data: tables and the bucket."""
