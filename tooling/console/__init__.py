"""The web console on a machine: built, served and signed in; and its way into a bucket."""
