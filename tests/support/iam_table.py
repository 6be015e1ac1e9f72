"""Who can do what: the table that says it in full, decided by the policies as they are deployed.

A row is a sentence, what it asks IAM for, and whether that is to be allowed. `write` makes a document of all rows.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from infra.local.cloud import LocalCloud
from infra.local.iam import ec2, others, s3
from infra.local.iam.account import Image, Role, Tags
from infra.local.iam.check import Check, Principal
from infra.local.iam.condition import Context, Value
from infra.local.iam.dynamodb import item_check
from infra.local.iam.ec2 import Launch, instance_check, launch_checks, pass_role
from infra.local.iam.policy import Decision, Policy, decide

OWN_INTERFACE, STRANGERS_INTERFACE = "eni-00000000000000001", "eni-00000000000000002"
OWN_HOST, STRANGERS, OTHER_DEPLOYMENTS = "i-00000000000000001", "i-00000000000000002", "i-00000000000000003"

# Another role of the account, as mighty as can be.
ADMINISTRATOR = "arn:aws:iam::123456789012:role/administrator"


class World:
    """The account with our deployment, and others' things beside it."""

    def __init__(self, cloud: LocalCloud) -> None:
        self.outputs = cloud.outputs
        self.deployed = cloud.gate.account
        self.region, self.id = self.deployed.region, self.deployed.id
        self._instances: dict[str, Tags] = {
            OWN_HOST: {"rollcall:host": "rollcall"},
            STRANGERS: {"Name": "rollcall-host"},
            OTHER_DEPLOYMENTS: {"rollcall:host": "another"},
        }
        network, host, identity = (self.outputs[name] for name in ("network", "host", "identity"))
        self.subnets = network["PublicSubnetIds"].split(",")
        self.private_subnets = network["PrivateSubnetIds"].split(",")
        self.address = host["HostAddressAllocationId"]
        self.host_role, self.function_role = identity["HostRoleArn"], identity["FunctionRoleArn"]
        self.scheduler_role = identity["SchedulerRoleArn"]
        self.employees, self.operations = "Employees", "rollcall-operations"
        storage = self.outputs["storage"]
        self.photos, self.artifacts = storage["PhotosBucketName"], storage["ArtifactsBucketName"]
        self.audit = storage["AuditBucketName"]
        self.site = storage["SiteBucketName"]
        self.function = self.outputs["service"]["FunctionArn"]
        self.launch = self._launch()

    def _launch(self) -> Launch:
        """The launch that the function asks for."""
        kinds = ("instance", "volume")
        parameters = {
            "LaunchTemplate.LaunchTemplateId": self.outputs["host"]["LaunchTemplateId"],
            "SubnetId": self.subnets[0],
            "ImageId": "ami-12c6146b",
            "InstanceType": "t3.micro",
        }
        for index, kind in enumerate(kinds, 1):
            tag = f"TagSpecification.{index}"
            parameters |= {f"{tag}.ResourceType": kind}
            parameters |= {f"{tag}.Tag.1.Key": "rollcall:host", f"{tag}.Tag.1.Value": "rollcall"}
        return ec2.read_launch(self.deployed, parameters)

    # What checks ask of an account; instances are ours, a stranger's and another deployment's.

    def instance(self, instance: str) -> tuple[Tags, dict[str, Tags]]:
        tags = self._instances[instance]
        return tags, {f"eni-{instance.removeprefix('i-')}": tags}

    def launch_template(self, given: Mapping[str, str]) -> tuple[str, Mapping[str, Any]]:
        return self.deployed.launch_template(given)

    def image(self, image: str) -> Image:
        return self.deployed.image(image)

    def subnet_of(self, interface: str) -> str:
        return {OWN_INTERFACE: self.subnets[0], STRANGERS_INTERFACE: "subnet-00000000000000001"}[interface]

    def profile_roles(self, profile: str) -> list[str]:
        return self.deployed.profile_roles(profile)

    def partition_key(self, table: str) -> str:
        return self.deployed.partition_key(table)

    # Who asks.

    def role(self, name: str) -> Role:
        found = self.deployed.role(name)
        assert found is not None
        return found

    def report(self, instance: str) -> str:
        """The key of an instance's boot report."""
        return (
            f"boot-reports/01890000-0000-7000-8000-000000000000/{self.role('rollcall-host').id}:{instance}/report.json"
        )

    def decide(self, row: "Row") -> list[tuple[Check, Decision]]:
        """The decision on each check of a row."""
        principal, policies = self._caller(row)
        found = []
        for check in row.checks(self):
            resource_policy = None
            if check.action.startswith("s3:"):
                resource_policy = self.deployed.bucket_policy(check.resource.rpartition(":")[2].partition("/")[0])
            if check.action == "sts:AssumeRole":
                resource_policy = self.role(check.resource.rpartition("/")[2]).trust
            found.append((check, decide(check, principal, policies, resource_policy)))
        return found

    def _caller(self, row: "Row") -> tuple[Principal, Iterable[Policy]]:
        match row.who:
            case "function":
                role = self.role("rollcall-function")
                return role.session("rollcall-control-plane"), role.policies
            case "host":
                role = self.role("rollcall-host")
                return role.session(OWN_HOST), role.policies
            case "scheduler":
                role = self.role("rollcall-scheduler")
                return role.session("a-schedule"), role.policies
            case "administrator":
                user = f"arn:aws:iam::{self.id}:user/rollcall-EC2Admin"
                context = Context({"aws:username": "rollcall-EC2Admin", "aws:SecureTransport": "true"}, row.context)
                return Principal(user, context), self.deployed.group_policies("rollcall-EC2Admins")
            case service:
                return Principal(service, Context(row.context)), ()


@dataclass(frozen=True)
class Row:
    """A sentence about a principal."""

    who: str
    what: str
    allowed: bool
    checks: Callable[[World], list[Check]]
    # What the request itself carries, beyond what each check adds.
    context: Mapping[str, Value] = Context()
    # Where what is allowed is more than is wanted: why it is.
    note: str = ""


def _rows(who: str, **context: Value) -> tuple[Callable[..., Row], Callable[..., Row]]:
    """Two ways to say it: can, cannot."""
    keys = {name.replace("__", ":"): value for name, value in context.items()}

    def row(allowed: bool) -> Callable[..., Row]:
        def say(what: str, checks: Callable[[World], Check | list[Check]], note: str = "") -> Row:
            def listed(world: World) -> list[Check]:
                found = checks(world)
                return found if isinstance(found, list) else [found]

            return Row(who, what, allowed, listed, Context(keys), note)

        return say

    return row(True), row(False)


def _launch(**changes: Any) -> Callable[[World], list[Check]]:
    return lambda world: launch_checks(world, replace(world.launch, **changes))


def _item(table: str, *actions: str, key: str = "-") -> Callable[[World], list[Check]]:
    return lambda world: [item_check(world, action, table, key) for action in actions]


def _object(bucket: str, key: str, *actions: str) -> Callable[[World], list[Check]]:
    return lambda world: [s3.object_check(action, getattr(world, bucket), key) for action in actions]


def _plain(*actions: str, resource: str = "*") -> Callable[[World], list[Check]]:
    return lambda world: [Check(action, resource) for action in actions]


def _insecurely(check: Check) -> Check:
    return replace(check, context=Context(check.context, {"aws:SecureTransport": "false"}))


def _assume(role: str) -> Callable[[World], list[Check]]:
    return lambda world: [Check("sts:AssumeRole", getattr(world, role))]


_EVERY_ITEM_ACTION = (
    "BatchGetItem", "ConditionCheckItem", "DeleteItem", "GetItem", "PutItem", "Scan", "UpdateItem",
)  # fmt: skip
_OBJECT_ACTIONS = ("DeleteObject", "GetObject", "PutObject")
_FORMER_PHOTO = "former_pic/30-days/0123456789abcdef.png"
_TAGS = {"rollcall:host": "rollcall"}


def _function() -> list[Row]:
    can, cannot = _rows("function")
    other = {kind: {"rollcall:host": "another"} for kind in ("instance", "volume", "network-interface")}
    return [
        can("launch a host from our template in the first public subnet", _launch()),
        can("launch one in the second", lambda w: launch_checks(w, replace(w.launch, subnet=w.subnets[1]))),
        can("launch one from an image of this account", _launch(owner="123456789012")),
        cannot("launch without the template", _launch(template=None)),
        cannot("launch from another template", _launch(template="lt-00000000000000001")),
        cannot(
            "launch in a private subnet", lambda w: launch_checks(w, replace(w.launch, subnet=w.private_subnets[0]))
        ),
        cannot("launch in a stranger's subnet", _launch(subnet="subnet-00000000000000001")),
        cannot("launch with another profile", _launch(profile="administrator", roles=(ADMINISTRATOR,))),
        cannot("launch with our profile's name after its role was exchanged", _launch(roles=(ADMINISTRATOR,))),
        cannot("launch with version 1 of the metadata service", _launch(metadata_tokens="optional")),
        cannot("launch a stranger's image", _launch(owner="210987654321")),
        cannot("launch an image of the marketplace", _launch(owner="aws-marketplace")),
        cannot("launch into another security group", _launch(security_groups=("sg-00000000000000001",))),
        cannot("launch with a key pair", _launch(key_pair="someones")),
        cannot("launch with a volume from a snapshot", _launch(snapshots=("snap-00000000000000001",))),
        cannot("launch without our tag", _launch(tags={})),
        cannot("launch with the tag of another deployment", _launch(tags=other)),
        can(
            "launch with a network interface that is there already, in a subnet of ours",
            _launch(interfaces=(OWN_INTERFACE,)),
            "RunInstances needs network-interface/*, since a new one has no id yet",
        ),
        cannot("launch with a network interface in a stranger's subnet", _launch(interfaces=(STRANGERS_INTERFACE,))),
        cannot(
            "tag an instance after its launch",
            lambda w: Check("ec2:CreateTags", ec2.arn(w, "instance", STRANGERS), _requested(_TAGS)),
        ),
        cannot(
            "tag what another action creates",
            lambda w: Check(
                "ec2:CreateTags", ec2.arn(w, "volume", "*"), _requested(_TAGS, **{"ec2:CreateAction": "CreateVolume"})
            ),
        ),
        cannot("take a tag away", lambda w: instance_check(w, "DeleteTags", OWN_HOST)),
        can("terminate a host of ours", lambda w: instance_check(w, "TerminateInstances", OWN_HOST)),
        cannot("terminate a stranger's instance", lambda w: instance_check(w, "TerminateInstances", STRANGERS)),
        cannot(
            "terminate another deployment's host", lambda w: instance_check(w, "TerminateInstances", OTHER_DEPLOYMENTS)
        ),
        cannot("stop a host of ours", lambda w: instance_check(w, "StopInstances", OWN_HOST)),
        cannot(
            "change the user data of a host of ours", lambda w: instance_check(w, "ModifyInstanceAttribute", OWN_HOST)
        ),
        can("read the console and user data of a host of ours", lambda w: _look(w, OWN_HOST)),
        cannot("read a stranger's console", lambda w: instance_check(w, "GetConsoleOutput", STRANGERS)),
        cannot("read a stranger's user data", lambda w: instance_check(w, "DescribeInstanceAttribute", STRANGERS)),
        can("move our address to a host of ours", lambda w: ec2.associate_address_checks(w, w.address, OWN_HOST)),
        cannot(
            "move our address to a stranger's instance",
            lambda w: ec2.associate_address_checks(w, w.address, STRANGERS),
        ),
        cannot(
            "move our address to another deployment's host",
            lambda w: ec2.associate_address_checks(w, w.address, OTHER_DEPLOYMENTS),
        ),
        cannot(
            "move another address to a host of ours",
            lambda w: ec2.associate_address_checks(w, "eipalloc-00000000000000001", OWN_HOST),
        ),
        cannot("release our address", lambda w: Check("ec2:ReleaseAddress", ec2.arn(w, "elastic-ip", w.address))),
        cannot(
            "make a new version of our launch template",
            lambda w: Check("ec2:CreateLaunchTemplateVersion", ec2.arn(w, "launch-template", w.launch.template or "")),
        ),
        cannot(
            "open the security group",
            lambda w: Check(
                "ec2:AuthorizeSecurityGroupIngress", ec2.arn(w, "security-group", w.launch.security_groups[0])
            ),
        ),
        can("pass the host's role to EC2", lambda w: pass_role(w.host_role, "ec2.amazonaws.com")),
        cannot("pass the host's role to Lambda", lambda w: pass_role(w.host_role, "lambda.amazonaws.com")),
        cannot("pass the host's role to Scheduler", lambda w: pass_role(w.host_role, "scheduler.amazonaws.com")),
        can("pass the scheduler's role to Scheduler", lambda w: pass_role(w.scheduler_role, "scheduler.amazonaws.com")),
        cannot("pass the scheduler's role to EC2", lambda w: pass_role(w.scheduler_role, "ec2.amazonaws.com")),
        cannot("pass its own role to EC2", lambda w: pass_role(w.function_role, "ec2.amazonaws.com")),
        cannot("pass an administrator's role to EC2", lambda w: pass_role(ADMINISTRATOR, "ec2.amazonaws.com")),
        cannot("give itself a policy", lambda w: Check("iam:PutRolePolicy", w.function_role)),
        can("keep employees", _item("Employees", *_EVERY_ITEM_ACTION)),
        cannot("drop the table of employees", _item("Employees", "DeleteTable")),
        can("keep former people", _item("rollcall-people", "DeleteItem", "GetItem", "PutItem", "Query", "Scan")),
        cannot("drop the table of people", _item("rollcall-people", "DeleteTable")),
        can("follow who changed in the table of employees", stream_checks),
        can("keep sessions", _item("rollcall-sessions", "DeleteItem", "GetItem", "PutItem", "Query")),
        cannot("drop the table of sessions", _item("rollcall-sessions", "DeleteTable")),
        can("keep the search index", _item("rollcall-search-index", "DeleteItem", "GetItem", "PutItem", "Query")),
        cannot("drop the table of the search index", _item("rollcall-search-index", "DeleteTable")),
        can("keep segments of the search index", _object("artifacts", "search-index/0123", *_OBJECT_ACTIONS)),
        can("add and read records of operations", _item("rollcall-operations", "GetItem", "PutItem", "Query")),
        can(
            "write a record of a relaunch anew",
            _item("rollcall-operations", "PutItem", key="relaunch"),
            "a record is written at each step; IAM tells no new item from an old one",
        ),
        can(
            "remove the mark of the relaunch in progress", _item("rollcall-operations", "DeleteItem", key="in-progress")
        ),
        can(
            "erase what is kept apart of an employee's history",
            _item("rollcall-operations", "DeleteItem", key="history/0123"),
        ),
        cannot("delete a relaunch from the history", _item("rollcall-operations", "DeleteItem", key="relaunch")),
        cannot("delete a revision", _item("rollcall-operations", "DeleteItem", key="revision")),
        cannot("delete from the audit log", _item("rollcall-operations", "DeleteItem", key="audit/2026-11")),
        can(
            "put a hash of the audit log where nobody can change it", _object("audit", "audit-seal/1-0123", "PutObject")
        ),
        *(
            cannot(f"{verb} a hash of the audit log", _object("audit", "audit-seal/1-0123", action))
            for verb, action in (("read", "GetObject"), ("delete", "DeleteObject"), ("unlock", "PutObjectRetention"))
        ),
        cannot("forget the name of who did something", _item("rollcall-operations", "DeleteItem", key="audit-names")),
        cannot("delete history by a statement of PartiQL", _item("rollcall-operations", "PartiQLDelete", key="audit")),
        cannot("drop the operations table", _item("rollcall-operations", "DeleteTable")),
        cannot("read another deployment's operations", _item("another-operations", "GetItem")),
        can("keep photos", _object("photos", "employee_pic/0123456789abcdef.png", *_OBJECT_ACTIONS)),
        can("keep photos of former employees", _object("photos", _FORMER_PHOTO, *_OBJECT_ACTIONS)),
        can("erase every version of a photo", lambda w: _erase_photo(w)),
        cannot("list the versions of all photos", lambda w: s3.versions_check(w.photos, "")),
        cannot("read an old version of a photo", _object("photos", _FORMER_PHOTO, "GetObjectVersion")),
        cannot("write elsewhere in the photo bucket", _object("photos", "elsewhere.png", "PutObject")),
        can("list photos, to find those that nobody names", lambda w: s3.list_check(w.photos, "employee_pic/")),
        cannot("list what else is in the photo bucket", lambda w: s3.list_check(w.photos, "")),
        cannot("be told that a photo is not there", lambda w: s3.existence_check(w.photos)),
        cannot(
            "read a photo without TLS",
            lambda w: _insecurely(s3.object_check("GetObject", w.photos, "employee_pic/0123456789abcdef.png")),
        ),
        cannot(
            "read another deployment's photo",
            lambda w: s3.object_check(
                "GetObject", w.photos.replace("rollcall", "another"), "employee_pic/0123456789abcdef.png"
            ),
        ),
        can("read a boot report", lambda w: s3.object_check("GetObject", w.artifacts, w.report(OWN_HOST))),
        can("be told that a boot report is not there yet", lambda w: s3.existence_check(w.artifacts)),
        cannot("write a boot report", lambda w: s3.object_check("PutObject", w.artifacts, w.report(OWN_HOST))),
        cannot("exchange what hosts install", _object("artifacts", "host/rollcall-host.tar.gz", "PutObject")),
        cannot("read its own code in the artifacts", _object("artifacts", "function/0123.zip", "GetObject")),
        cannot("change the site", _object("site", "index.html", "PutObject")),
        can("wake itself", lambda w: others.function_check(w, "InvokeFunction", w.function)),
        cannot("invoke another function", lambda w: others.function_check(w, "InvokeFunction", "another")),
        cannot("change its own code", lambda w: others.function_check(w, "UpdateFunctionCode", w.function)),
        can(
            "keep schedules of relaunches",
            lambda w: [
                others.schedule_check(w, it, "rollcall", "relaunch-monday")
                for it in ("Create", "Get", "Update", "Delete")
            ],
        ),
        *(
            cannot(f"{verb} the tick", lambda w, it=it: others.schedule_check(w, it, "rollcall", "rollcall-tick"))
            for verb, it in (("read", "Get"), ("change", "Update"), ("delete", "Delete"))
        ),
        cannot(
            "keep schedules in another group",
            lambda w: others.schedule_check(w, "Create", "another", "relaunch-monday"),
        ),
        can(
            "look up Amazon's images",
            lambda w: others.parameter_check(w, "GetParameter", "/aws/service/ami-amazon-linux-latest/al2023"),
        ),
        cannot("read a parameter of the account", lambda w: others.parameter_check(w, "GetParameter", "/secret")),
        can("write its log", lambda w: log_checks(w)),
        cannot("make a log group", lambda w: Check("logs:CreateLogGroup", f"{log_group_arn(w)}")),
        can("leave events it gave up on", lambda w: queue_check(w, "SendMessage")),
        cannot("take them out again", lambda w: queue_check(w, "ReceiveMessage")),
        can("send traces", lambda _: trace_checks()),
        cannot("read traces", _plain("xray:BatchGetTraces", "xray:GetTraceSummaries")),
    ]


def _host() -> list[Row]:
    can, cannot = _rows("host")
    return [
        can(
            "keep employees, as the original app does",
            _item("Employees", *(it for it in _EVERY_ITEM_ACTION if it != "ConditionCheckItem")),
        ),
        cannot("drop the table of employees", _item("Employees", "DeleteTable")),
        cannot("read who left", _item("rollcall-people", "Query")),
        cannot("write who left", _item("rollcall-people", "PutItem")),
        cannot("write the audit log", _item("rollcall-operations", "PutItem", key="audit/2026-11")),
        can("read the search index", _item("rollcall-search-index", "GetItem", "Query")),
        *(
            cannot(f"{verb} the search index", _item("rollcall-search-index", action))
            for verb, action in (("write", "PutItem"), ("delete from", "DeleteItem"))
        ),
        can("read a segment of the search index", _object("artifacts", "search-index/0123", "GetObject")),
        cannot("exchange a segment", _object("artifacts", "search-index/0123", "PutObject")),
        cannot("follow who changed in the table of employees", stream_checks),
        cannot("read operations", _item("rollcall-operations", "GetItem")),
        cannot("write operations", _item("rollcall-operations", "PutItem")),
        can("keep photos", _object("photos", "employee_pic/0123456789abcdef.png", *_OBJECT_ACTIONS)),
        cannot("read a photo of a former employee", _object("photos", _FORMER_PHOTO, "GetObject")),
        cannot("erase a version of a photo", _object("photos", _FORMER_PHOTO, "DeleteObjectVersion")),
        cannot("list versions of photos", lambda w: s3.versions_check(w.photos, _FORMER_PHOTO)),
        cannot("write elsewhere in the photo bucket", _object("photos", "elsewhere.png", "PutObject")),
        cannot("list photos", lambda w: s3.list_check(w.photos, "employee_pic/")),
        can("install Rollcall", _object("artifacts", "host/rollcall-host.tar.gz", "GetObject")),
        cannot("exchange what hosts install", _object("artifacts", "host/rollcall-host.tar.gz", "PutObject")),
        cannot("read the function's code", _object("artifacts", "function/0123.zip", "GetObject")),
        can("report its start", lambda w: s3.object_check("PutObject", w.artifacts, w.report(OWN_HOST))),
        cannot("report another's start", lambda w: s3.object_check("PutObject", w.artifacts, w.report(STRANGERS))),
        cannot("read its own report", lambda w: s3.object_check("GetObject", w.artifacts, w.report(OWN_HOST))),
        cannot("read another's report", lambda w: s3.object_check("GetObject", w.artifacts, w.report(STRANGERS))),
        cannot("list reports", lambda w: s3.existence_check(w.artifacts)),
        cannot("launch, even just as the function does", _launch()),
        cannot("terminate itself", lambda w: instance_check(w, "TerminateInstances", OWN_HOST)),
        cannot("tag itself", lambda w: Check("ec2:CreateTags", ec2.arn(w, "instance", OWN_HOST), _requested(_TAGS))),
        cannot("move the address", lambda w: ec2.associate_address_checks(w, w.address, OWN_HOST)),
        cannot("see instances", _plain("ec2:DescribeInstances")),
        cannot("pass its own role", lambda w: pass_role(w.host_role, "ec2.amazonaws.com")),
        cannot("invoke the function", lambda w: others.function_check(w, "InvokeFunction", w.function)),
        cannot("schedule a relaunch", lambda w: others.schedule_check(w, "Create", "rollcall", "relaunch-monday")),
        cannot("read a parameter of the account", lambda w: others.parameter_check(w, "GetParameter", "/secret")),
        can(
            "be reached by Session Manager",
            _plain(
                "ssm:UpdateInstanceInformation",
                *(f"ssmmessages:{it}{kind}Channel" for it in ("Create", "Open") for kind in ("Control", "Data")),
            ),
        ),
        cannot("run commands on other hosts", _plain("ssm:SendCommand", "ssm:StartSession")),
    ]


def _scheduler() -> list[Row]:
    can, cannot = _rows("scheduler")
    return [
        can("invoke the function", lambda w: others.function_check(w, "InvokeFunction", w.function)),
        cannot("invoke another function", lambda w: others.function_check(w, "InvokeFunction", "another")),
        cannot("change the function", lambda w: others.function_check(w, "UpdateFunctionCode", w.function)),
        cannot("launch", _launch()),
    ]


def _services() -> list[Row]:
    group = "arn:aws:scheduler:us-east-1:123456789012:schedule-group"
    ours, others_ = (
        _rows("scheduler.amazonaws.com", aws__SourceAccount="123456789012", aws__SourceArn=f"{group}/{name}")
        for name in ("rollcall", "another")
    )
    stranger = _rows(
        "scheduler.amazonaws.com",
        aws__SourceAccount="210987654321",
        aws__SourceArn=f"{group}/rollcall".replace("123456789012", "210987654321"),
    )
    ec2_can, ec2_cannot = _rows("ec2.amazonaws.com")
    lambda_can, lambda_cannot = _rows("lambda.amazonaws.com")
    return [
        ec2_can("take on the host's role", _assume("host_role")),
        ec2_cannot("take on the function's role", _assume("function_role")),
        lambda_can("take on the function's role", _assume("function_role")),
        lambda_cannot("take on the host's role", _assume("host_role")),
        ours[0]("take on the scheduler's role for a schedule of ours", _assume("scheduler_role")),
        others_[1]("take it on for a schedule of another group", _assume("scheduler_role")),
        stranger[1]("take it on for another account's schedule", _assume("scheduler_role")),
        ours[1]("take on the function's role", _assume("function_role")),
    ]


def _administrator() -> list[Row]:
    can, cannot = _rows("administrator", aws__MultiFactorAuthPresent="true")
    _, cannot_without = _rows("administrator", aws__MultiFactorAuthPresent="false")
    can_without = _rows("administrator", aws__MultiFactorAuthPresent="false")[0]
    _, cannot_by_key = _rows("administrator")
    own = "arn:aws:iam::123456789012:user/rollcall-EC2Admin"
    another = "arn:aws:iam::123456789012:user/another"
    device = "arn:aws:iam::123456789012:mfa/telephone"
    return [
        can("with MFA: see, start, stop and terminate any instance", _everything_of(STRANGERS)),
        can("with MFA: launch without our template", _launch(template=None, roles=())),
        cannot("with MFA: pass the host's role", lambda w: pass_role(w.host_role, "ec2.amazonaws.com")),
        cannot("with MFA: read employees", _item("Employees", "GetItem")),
        cannot("with MFA: give themselves rights", _plain("iam:AttachUserPolicy", resource=own)),
        cannot_without("without MFA: see instances", _plain("ec2:DescribeInstances")),
        cannot_without("without MFA: launch", _launch(template=None, roles=())),
        cannot_without(
            "without MFA: terminate a host of ours", lambda w: instance_check(w, "TerminateInstances", OWN_HOST)
        ),
        cannot_by_key("with an access key alone: see instances", _plain("ec2:DescribeInstances")),
        cannot_by_key(
            "with an access key alone: terminate a host of ours",
            lambda w: instance_check(w, "TerminateInstances", OWN_HOST),
        ),
        can_without("without MFA: change their own password", _plain("iam:ChangePassword", resource=own)),
        can_without("without MFA: make a device", _plain("iam:CreateVirtualMFADevice", resource=device)),
        can_without("without MFA: enable their own device", _plain("iam:EnableMFADevice", resource=own)),
        cannot_without("without MFA: enable another's device", _plain("iam:EnableMFADevice", resource=another)),
        cannot_without("without MFA: switch MFA off", _plain("iam:DeactivateMFADevice", resource=own)),
        cannot_without("without MFA: make an access key", _plain("iam:CreateAccessKey", resource=own)),
    ]


def _erase_photo(world: World) -> list[Check]:
    keys = ("employee_pic/0123456789abcdef.png", _FORMER_PHOTO)
    deleted = [s3.object_check("DeleteObjectVersion", world.photos, key) for key in keys]
    return [*deleted, *(s3.versions_check(world.photos, key) for key in keys)]


def _look(world: World, instance: str) -> list[Check]:
    return [instance_check(world, it, instance) for it in ("GetConsoleOutput", "DescribeInstanceAttribute")]


def _everything_of(instance: str) -> Callable[[World], list[Check]]:
    actions = ("StartInstances", "StopInstances", "TerminateInstances")
    return lambda world: [Check("ec2:DescribeInstances", "*"), *(instance_check(world, it, instance) for it in actions)]


def _requested(tags: Tags, **more: Value) -> Context:
    return Context({f"aws:RequestTag/{name}": value for name, value in tags.items()}, more)


def log_group_arn(world: World) -> str:
    """The function's log group."""
    name = world.outputs["service"]["FunctionLogGroupName"]
    return f"arn:aws:logs:{world.region}:{world.id}:log-group:{name}"


def stream_checks(world: World) -> list[Check]:
    """What Lambda asks for in the function's name, to read the stream of the table of employees."""
    stream = world.outputs["storage"]["EmployeesStreamArn"]
    reading = [Check(f"dynamodb:{it}", stream) for it in ("DescribeStream", "GetRecords", "GetShardIterator")]
    return [*reading, Check("dynamodb:ListStreams", "*")]


def log_checks(world: World) -> list[Check]:
    """What Lambda does with the function's role to keep its log.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html
    """
    stream = f"{log_group_arn(world)}:log-stream:2026/11/24/[$LATEST]0123456789abcdef"
    return [Check("logs:CreateLogStream", f"{log_group_arn(world)}:log-stream:"), Check("logs:PutLogEvents", stream)]


def queue_check(world: World, action: str) -> Check:
    """An action on the queue of events given up on."""
    name = world.outputs["service"]["FailedEventsQueueUrl"].rpartition("/")[2]
    return Check(f"sqs:{action}", f"arn:aws:sqs:{world.region}:{world.id}:{name}")


def trace_checks() -> list[Check]:
    """What Lambda's daemon does with the function's role to hand on traces.

    https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html
    """
    return [Check("xray:PutTelemetryRecords", "*"), Check("xray:PutTraceSegments", "*")]


ROWS = [*_function(), *_host(), *_scheduler(), *_services(), *_administrator()]

_TITLES = {
    "function": "The function",
    "host": "A host",
    "scheduler": "The scheduler",
    "administrator": "EC2Admins",
}


def write(world: World) -> str:
    """The table as a document."""
    lines = [
        "# Who can do what",
        "",
        "Decided by the policies as the templates deploy them: `tests/test_least_privilege.py` checks each line, and",
        "that this file holds them all (with `UPDATE_DOCS=1` it writes the file). The last column names the statements",
        "of `infra/identity.yaml` that decide; where nothing allows something, what is asked for in vain first.",
    ]
    title = None
    for row in ROWS:
        now = _TITLES.get(row.who, "AWS's own services")
        if now != title:
            lines += ["", f"## {now}", "", "| | | decided by |", "| --- | --- | --- |"]
            title = now
        what = row.what if row.who in _TITLES else f"{row.who}: {row.what}"
        lines.append(f"| {'can' if row.allowed else '**cannot**'} | {what} | {_decided_by(world, row)} |")
    return "\n".join(lines) + "\n"


def _decided_by(world: World, row: Row) -> str:
    decided = world.decide(row)
    refused = [(check, it) for check, it in decided if not it.allowed]
    if refused:
        check, decision = refused[0]
        return f"{decision.statement.sid} denies {check.action}" if decision.statement else _asked_for(check)
    by = ", ".join(dict.fromkeys(it.statement.sid or it.policy for _, it in decided if it.statement))
    return f"{by}; {row.note}" if row.note else by


def _asked_for(check: Check) -> str:
    """An action, of EC2's with the kind of resource; its id is another one in each deployment."""
    resource = check.resource.rpartition(":")[2]
    is_told = check.action.startswith("ec2:") and resource != "*"
    return f"{check.action} on {resource.partition('/')[0]}" if is_told else check.action
