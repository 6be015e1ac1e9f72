"""Stands in for the original Flask directory on hosts of the local cloud: who works here, and where this runs."""

import os
import urllib.request
from html import escape

import boto3
from flask import Flask

METADATA = "http://169.254.169.254/latest"
TOKEN_HEADERS = {"X-aws-ec2-metadata-token-ttl-seconds": "60"}

PHOTOS_BUCKET = os.environ["PHOTOS_BUCKET"]
DYNAMO_MODE = os.environ.get("DYNAMO_MODE") == "on"

application = Flask(__name__)


@application.get("/")
def home() -> str:
    """The employees' names."""
    names = _employees() if DYNAMO_MODE else []
    entries = "".join(f"<li>{escape(name)}</li>" for name in sorted(names))
    return _page("Employee Directory", f"<ul>{entries}</ul><p>Photos: {escape(PHOTOS_BUCKET)}</p>")


@application.get("/add")
def add() -> str:
    """The form to add an employee, as far as whoever asks for it can tell; it saves nothing."""
    return _page("Employee Directory", '<form><input name="full_name"><button disabled>Save</button></form>')


@application.get("/info")
def info() -> str:
    """The instance, as its metadata tells."""
    request = urllib.request.Request(f"{METADATA}/api/token", method="PUT", headers=TOKEN_HEADERS)
    with urllib.request.urlopen(request, timeout=2) as answer:
        token = answer.read().decode()
    instance, zone = (_metadata(path, token) for path in ("instance-id", "placement/availability-zone"))
    return _page(
        "Instance Info", f"<b>instance_id</b>: {escape(instance)} <br/><b>availability_zone</b>: {escape(zone)} <br/>"
    )


def _employees() -> list[str]:
    dynamodb = boto3.resource("dynamodb").meta.client
    pages = dynamodb.get_paginator("scan").paginate(TableName="Employees")
    return [it.get("full_name", "") for page in pages for it in page["Items"]]


def _metadata(path: str, token: str) -> str:
    headers = {"X-aws-ec2-metadata-token": token}
    request = urllib.request.Request(f"{METADATA}/meta-data/{path}", headers=headers)
    with urllib.request.urlopen(request, timeout=2) as answer:
        return answer.read().decode()


def _page(title: str, body: str) -> str:
    return f"<!doctype html><title>{title}</title><h1>{title}</h1>{body}\n"
