"""The API held against its document by schemathesis, which makes up requests of that and judges the answers."""
