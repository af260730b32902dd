"""The sections of an environment's file, with what each key may be and what it is without one."""
