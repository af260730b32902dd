"""A plugin of LocalStack 4.14: functions in local processes, DynamoDB from another server.

LocalStack itself runs functions in containers, and DynamoDB Local, which it downloads. The plugin
lets it do without Docker and without the download. Everything here runs in LocalStack's own
interpreter, so that nothing else of the project may import it.
"""
