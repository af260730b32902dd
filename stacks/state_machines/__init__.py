"""Step Functions state machines: the definitions, and the construct that deploys one."""
