"""What S3 asks IAM for.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
"""

import re
from collections.abc import Mapping

from infra.local.iam.check import Check
from infra.local.iam.condition import Context

# What is stored under a key, by the method.
_OBJECT = {"GET": "GetObject", "HEAD": "GetObject", "PUT": "PutObject", "POST": "PutObject", "DELETE": "DeleteObject"}

# What a request may say about the object, or the list, that it is about.
_OF_OBJECT = frozenset(("partNumber", "uploadId", "uploads", "versionId"))
_OF_LIST = frozenset(
    (
        *("continuation-token", "delimiter", "encoding-type", "fetch-owner", "list-type", "marker", "max-keys"),
        *("prefix", "start-after"),
    )
)

_OF_VERSIONS = _OF_LIST | {"versions", "key-marker", "version-id-marker"}

# What can be read of a bucket itself.
_OF_BUCKET = {
    "encryption": "GetEncryptionConfiguration",
    "lifecycle": "GetLifecycleConfiguration",
    "location": "GetBucketLocation",
    "policy": "GetBucketPolicy",
    "publicAccessBlock": "GetBucketPublicAccessBlock",
    "versioning": "GetBucketVersioning",
}

# The name of the call, and what belongs to the signature of a presigned address.
_ENVELOPE = re.compile(r"x-id|AWSAccessKeyId|Expires|Signature|x-amz-.*|response-.*", re.IGNORECASE)


def object_check(action: str, bucket: str, key: str) -> Check:
    """An action on an object."""
    return Check(f"s3:{action}", f"arn:aws:s3:::{bucket}/{key}")


def existence_check(bucket: str) -> Check:
    """What S3 asks for before it says that an object isn't there, rather than that access is denied.

    The request has no prefix, so that a condition on `s3:prefix` finds no such key.
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
    """
    return Check("s3:ListBucket", f"arn:aws:s3:::{bucket}")


def list_check(bucket: str, prefix: str) -> Check:
    """The list of whatever begins so."""
    return Check("s3:ListBucket", f"arn:aws:s3:::{bucket}", Context({"s3:prefix": prefix}))


def versions_check(bucket: str, prefix: str) -> Check:
    """The list of the versions of whatever begins so."""
    return Check("s3:ListBucketVersions", f"arn:aws:s3:::{bucket}", Context({"s3:prefix": prefix}))


def place(path: str) -> tuple[str, str]:
    """Bucket and key of a request in path style, which is how SDKs address an endpoint that is no host name."""
    bucket, _, key = path.lstrip("/").partition("/")
    return bucket, key


def checks(method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str]) -> list[Check]:
    """What a call asks for. What is not modelled is asked for under a name that nothing allows."""
    bucket, key = place(path)
    resource = f"arn:aws:s3:::{path.strip('/')}"
    asked = {name for name in query if not _ENVELOPE.fullmatch(name)}
    unknown = [Check(f"s3:Unknown{method}", resource)]
    if not bucket or method not in _OBJECT:
        return unknown
    if not key:
        if method == "GET" and len(asked) == 1 and asked <= _OF_BUCKET.keys():
            return [Check(f"s3:{_OF_BUCKET[asked.pop()]}", resource)]
        action, known = ("ListBucketVersions", _OF_VERSIONS) if "versions" in asked else ("ListBucket", _OF_LIST)
        if method not in ("GET", "HEAD") or not asked <= known:
            return unknown
        keys = {f"s3:{name}": query[name] for name in ("prefix", "delimiter", "max-keys") if name in query}
        return [Check(f"s3:{action}", resource, Context(keys))]
    if not asked <= _OF_OBJECT:
        return unknown
    action = _OBJECT[method]
    if method == "DELETE" and "uploadId" in query:
        action = "AbortMultipartUpload"
    if "versionId" in query and action in ("GetObject", "DeleteObject"):
        action += "Version"
    found = [object_check(action, bucket, key)]
    if "x-amz-copy-source" in headers:
        found.append(object_check("GetObject", *place(headers["x-amz-copy-source"])))
    return found
