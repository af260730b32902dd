"""Everything that an environment may keep of a tenant, and a search through all of it."""
