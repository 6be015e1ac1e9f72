"""IAM as AWS enforces it, for a local cloud whose emulators leave it out or know half of it.

- `policy` and `condition` decide, purely, as IAM documents it; they know no service and nothing of Rollcall.
- `check` is what there is to decide: an action, a resource and the keys of the request.
- `ec2`, `dynamodb`, `s3` and `others` turn requests into checks, as each service documents what it asks IAM for.
- `account` tells what checks depend on: policies as deployed, tags, launch templates, owners of images.
- `gate` stands between a principal and the emulators, lets pass what is allowed, and keeps what was asked.
- `refusal` says no as each service does.
"""
