"""A tenant's data as files: written from one environment, and read into another one."""
