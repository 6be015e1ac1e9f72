"""What EC2 and IAM say about instances; asked anew each time, since they alone know."""

import base64
import ipaddress
from dataclasses import dataclass
from typing import Any

from infra.local.endpoints import Endpoints
from infra.local.listing import listed

Instance = dict[str, Any]

# An instance in one of these states has a machine.
_ALIVE = ("pending", "running")


@dataclass(frozen=True)
class Place:
    """Where an instance stands in its subnet."""

    address: str
    gateway: str
    prefix: int


class Ec2:
    """Reads from the emulator. Every call may wait for it, so none is for the event loop."""

    def __init__(self, endpoints: Endpoints) -> None:
        self.region = endpoints.region
        self._ec2 = endpoints.client_of("ec2")
        self._iam = endpoints.client_of("iam")

    def alive(self, *filters: tuple[str, str]) -> dict[str, Instance]:
        """The instances that are to run and match all of `filters`, by id."""
        wanted = [{"Name": "instance-state-name", "Values": list(_ALIVE)}]
        wanted += [{"Name": name, "Values": [value]} for name, value in filters]
        found = listed(self._ec2, "describe_instances", "Reservations[].Instances", Filters=wanted)
        return {it["InstanceId"]: it for it in found}

    def user_data(self, instance: str) -> bytes:
        """What an instance was given to run; empty when nothing."""
        found = self._ec2.describe_instance_attribute(InstanceId=instance, Attribute="userData")
        return base64.b64decode(found.get("UserData", {}).get("Value", ""))

    def place(self, instance: Instance) -> Place:
        """Its address, and the gateway, which has its subnet's first address."""
        found = self._ec2.describe_subnets(SubnetIds=[instance["SubnetId"]])
        network = ipaddress.ip_network(found["Subnets"][0]["CidrBlock"])
        return Place(instance["PrivateIpAddress"], str(network[1]), network.prefixlen)

    def role(self, instance: Instance) -> str | None:
        """The name of the role an instance has by its profile."""
        arn: str | None = instance.get("IamInstanceProfile", {}).get("Arn")
        if arn is None:
            return None
        profile = self._iam.get_instance_profile(InstanceProfileName=arn.rpartition("/")[2])
        return next((role["RoleName"] for role in profile["InstanceProfile"]["Roles"]), None)

    def instance_at(self, address: str) -> str | None:
        """The instance that answers at a public, elastic or private address just now."""
        # An Elastic IP first: while an instance holds one, its own public address leads nowhere.
        for elastic in self._ec2.describe_addresses()["Addresses"]:
            if elastic["PublicIp"] == address:
                return elastic.get("InstanceId")
        for name in ("ip-address", "private-ip-address"):
            for instance in self.alive((name, address)):
                return instance
        return None
