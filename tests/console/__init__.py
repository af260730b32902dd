"""The web console in a real browser, against the deployed stack."""
