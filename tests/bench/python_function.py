"""What the bench holds Rollcall's function against: three of its routes as a Python function with boto3 has them.

It is started like a custom runtime, with a loop of its own for Lambda's runtime API.
"""

import base64
import http.client
import json
import os
from typing import Any

import boto3

BADGES = {
    "apple": "Mac User",
    "windows": "Windows User",
    "linux": "Linux User",
    "video-camera": "Digital Content Star",
    "trophy": "Employee of the Month",
    "camera": "Photographer",
    "plane": "Frequent Flier",
    "paperclip": "Paperclip Afficionado",
    "coffee": "Coffee Snob",
    "gamepad": "Gamer",
    "bug": "Bugfixer",
    "umbrella": "Seattle Fan",
}

# As usual, when the module is loaded: each call finds it.
dynamodb = boto3.client("dynamodb")


def handler(event: dict[str, Any]) -> dict[str, Any]:
    """Answers an HTTP request."""
    match event["rawPath"]:
        case "/api/info":
            answer: Any = {"version": "0.1.0", "runs_on": "lambda"}
        case "/api/badges":
            answer = {"badges": [{"id": name, "label": label} for name, label in BADGES.items()]}
        case "/api/employees":
            answer = page()
        case _:
            return {"statusCode": 404, "body": ""}
    return {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": json.dumps(answer)}


def page() -> dict[str, Any]:
    """The first page of employees."""
    found = dynamodb.scan(TableName=os.environ["EMPLOYEES_TABLE"], Limit=50, ConsistentRead=True)
    last = found.get("LastEvaluatedKey")
    return {
        "employees": [employee(item) for item in found["Items"]],
        "next_cursor": last and base64.urlsafe_b64encode(json.dumps(last).encode()).decode(),
    }


def employee(item: dict[str, Any]) -> dict[str, Any]:
    """An employee as the API answers them."""
    photo = item.get("object_key", {}).get("S")
    return {name: item[name]["S"] for name in ("id", "full_name", "location", "job_title")} | {
        "badges": [badge["S"] for badge in item.get("badges", {}).get("L", [])],
        "photo_url": photo and f"/photos/{photo.rsplit('/', 1)[-1]}",
    }


def main() -> None:
    """Asks for events and answers them, for ever."""
    lambda_service = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    while True:
        lambda_service.request("GET", "/2018-06-01/runtime/invocation/next")
        response = lambda_service.getresponse()
        request_id = response.headers["Lambda-Runtime-Aws-Request-Id"]
        answer = json.dumps(handler(json.loads(response.read())))
        lambda_service.request("POST", f"/2018-06-01/runtime/invocation/{request_id}/response", answer)
        lambda_service.getresponse().read()


if __name__ == "__main__":
    main()
