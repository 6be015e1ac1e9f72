"""How Rollcall is set up: CloudFormation templates, their deployer, and the local cloud."""
