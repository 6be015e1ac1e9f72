"""Where the AWS services of a local cloud answer, for boto3 and for every other SDK."""

from dataclasses import dataclass
from typing import Any

# Both emulators take any credentials; ministack takes an access key of 12 digits for the account's id. moto has this
# account unless told otherwise.
ACCOUNT_ID = "123456789012"

# What moto emulates better; everything else is ministack's. CloudFormation is in both, for the stacks of each.
_MOTO_SERVICES = ("ec2", "iam", "ssm")


@dataclass(frozen=True)
class Endpoints:
    """Where the emulators listen, as `http://127.0.0.1:<port>`, and the region they play."""

    moto: str
    ministack: str
    region: str = "us-east-1"
    # The HTTP proxy by which the apps on EC2 instances are reached.
    hosts_proxy: str = ""
    # Sends each call of CloudFormation's to the emulator whose stack it is about.
    cloudformation: str = ""

    def client(self, emulator: str, service: str) -> Any:
        """A boto3 client of `service` at `emulator`, which is `moto` or `ministack`."""
        # These take half a second, which not every command needs.
        import boto3
        from botocore.config import Config

        return boto3.client(
            service,
            endpoint_url={"moto": self.moto, "ministack": self.ministack}[emulator],
            region_name=self.region,
            aws_access_key_id=ACCOUNT_ID,
            aws_secret_access_key="local",
            config=Config(connect_timeout=5, read_timeout=60, retries={"total_max_attempts": 2}),
        )

    def client_of(self, service: str) -> Any:
        """A boto3 client of `service` at the emulator that plays it here."""
        return self.client("moto" if service in _MOTO_SERVICES else "ministack", service)

    def environment(self) -> dict[str, str]:
        """The variables by which an AWS SDK or tool in another process finds this cloud, and nothing but it."""
        return {
            "AWS_ACCESS_KEY_ID": ACCOUNT_ID,
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ENDPOINT_URL": self.ministack,
            **{f"AWS_ENDPOINT_URL_{service.upper()}": self.moto for service in _MOTO_SERVICES},
            **({"AWS_ENDPOINT_URL_CLOUDFORMATION": self.cloudformation} if self.cloudformation else {}),
        }
