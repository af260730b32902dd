"""All that DynamoDB keeps, sent through the deployed stack."""
