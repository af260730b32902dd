"""Whatever DynamoDB keeps, sent through the deployed stack."""
