"""The resources that hold data: tables and the bucket."""
