"""A cloud of its own, from empty to serving, and back to nothing."""

import os
import platform
import shutil
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from infra.local import artifacts, people, samples
from infra.local.children import Child
from infra.local.deploy import deploy
from infra.local.endpoints import ACCOUNT_ID, Endpoints
from infra.local.faults.proxy import FaultProxy
from infra.local.forwarder import Forwarder
from infra.local.hosts import namespaces
from infra.local.iam.gate import Gate
from infra.local.people import Person
from infra.local.ports import LOOPBACK, ReservedPort, listen, listen_at_free_port
from infra.local.router import Router
from infra.site import upload

ROOT = Path(__file__).resolve().parents[2]

# An emulator is up in about two seconds; a busy machine takes several times that.
_READY_WITHIN = 60.0

# The names that Lambda has for what Python calls a machine.
_ARCHITECTURES = {"aarch64": "arm64", "arm64": "arm64", "x86_64": "x86_64"}

# An instance is up in seconds here, and what has to be waited for is what goes wrong.
TIMEOUTS = "boot=30,report=60,probe=20,bake=0,undo=60,settle=30"

# All that the children get to know of this process's surroundings.
_INHERITED = ("HOME", "LANG", "LC_ALL", "PATH", "USER")


class LocalCloud:
    """Rollcall in a cloud on this machine; a context manager.

    It takes free ports and keeps its files (logs, what the emulators unpack) in `folder`, so that several can run at
    the same time. With `port` the site stands there, else on a free one too. `say` gets one line about each long step.
    `timeouts` are those of a relaunch, as the service stack's parameter `RelaunchTimeouts` takes them.
    """

    def __init__(
        self,
        folder: Path,
        port: int | None = None,
        say: Callable[[str], None] = print,
        timeouts: str = TIMEOUTS,
    ) -> None:
        self._folder = folder
        self._say = say
        self.timeouts = timeouts
        self._listener = listen_at_free_port() if port is None else listen(port)
        faults_listener, router_listener, gate_listener = (listen_at_free_port() for _ in range(3))
        moto, ministack, hosts = reserved = [ReservedPort() for _ in range(3)]
        self.url = f"http://{LOOPBACK}:{self._listener.getsockname()[1]}"
        self.endpoints = Endpoints(
            moto=f"http://{LOOPBACK}:{moto.number}",
            ministack=f"http://{LOOPBACK}:{ministack.number}",
            hosts_proxy=f"http://{LOOPBACK}:{hosts.number}",
            cloudformation=f"http://{LOOPBACK}:{router_listener.getsockname()[1]}",
        )
        # Between whoever has a role (the function, the hosts) and the emulators.
        self.gate = Gate(gate_listener, self.endpoints)
        # Between the function and EC2; everyone else asks the emulator itself, and so learns the truth.
        self.faults = FaultProxy(faults_listener, self.gate.url, self.endpoints.moto)
        self._router = Router(router_listener, self.endpoints.moto, self.endpoints.ministack)
        # Why no host boots here, and what to do about it, in one line; none where hosts boot.
        self.hosts_refused: str | None = None
        self.outputs: dict[str, dict[str, str]] = {}
        self._children: list[Child] = []
        # What ends each thing that was started, in the order of their starts.
        self._started = ExitStack()
        for held in (self._listener, faults_listener, router_listener, gate_listener, *reserved):
            self._started.callback(held.close)

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def logs(self) -> Path:
        """The folder of the emulators' log files; the function's own lines are in ministack's."""
        return self._folder / "logs"

    @property
    def consoles(self) -> Path:
        """The folder of the EC2 instances' consoles, as `<instance id>.log`."""
        return self.logs / "consoles"

    def client(self, service: str) -> Any:
        """A boto3 client for one of the cloud's services."""
        return self.endpoints.client_of(service)

    def check(self) -> None:
        """Raises `Failure` when a child has ended."""
        for child in self._children:
            child.check()

    def child(self, name: str) -> Child:
        """One of the processes it is made of: `moto`, `ministack`, or `hosts`."""
        return next(child for child in self._children if child.name == name)

    def token(self, person: Person) -> str:
        """A fresh access token of a demo user's."""
        service = self.outputs["service"]
        return people.access_token(
            self.client("cognito-idp"), service["UserPoolId"], service["UserPoolClientId"], person
        )

    def function_environment(self) -> dict[str, str]:
        """What the function finds in its environment, and what AWS SDKs in any process need to reach this cloud."""
        function = self.client("lambda").get_function_configuration(
            FunctionName=self.outputs["service"]["FunctionName"]
        )
        return {**function["Environment"]["Variables"], **self.endpoints.environment()}

    def stop(self) -> None:
        """Ends everything that was started; nothing is left but the logs."""
        self._children.clear()
        self._started.close()

    def _start(self) -> None:
        temporary = self._folder / "tmp"
        # Someone who was killed may have left it.
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir(parents=True)
        self._started.callback(shutil.rmtree, temporary, ignore_errors=True)
        self.logs.mkdir(exist_ok=True)
        self.gate.start()
        self._started.callback(self.gate.stop)
        self.faults.start()
        self._started.callback(self.faults.stop)
        self._router.start()
        self._started.callback(self._router.stop)
        shutil.rmtree(self.consoles, ignore_errors=True)
        self.consoles.mkdir()
        self.hosts_refused = namespaces.why_not_allowed(temporary)
        if self.hosts_refused:
            self._say(f"everything works but hosts, which don't boot here: {self.hosts_refused}")
        self._say("starting the emulators")
        self._start_emulators(temporary)
        self._say("deploying the templates")
        self.outputs = deploy(
            self.endpoints,
            "rollcall",
            {
                "Architecture": _ARCHITECTURES[platform.machine()],
                "Reading": "open",
                # The demo users sign in by their passwords alone; who has an authenticator is asked for its code.
                "Mfa": "OPTIONAL",
                "SiteUrl": self.url,
                "SignInOrigin": self.endpoints.ministack,
                "RelaunchTimeouts": self.timeouts,
                # A test has one token for as long as it takes.
                "TokenMinutes": "60",
                # One machine is everyone here, and tests ask as often as a company does.
                "WritesPerMinute": "100000",
                "SearchesPerMinute": "100000",
                "SignInsPerMinute": "100000",
                "MaxRelaunchesPerHour": "0",
            },
            {"FunctionArtifactKey": artifacts.function(ROOT)},
            self._say,
        )
        self._say("uploading the site")
        s3, storage = self.client("s3"), self.outputs["storage"]
        upload(s3, storage["SiteBucketName"], ROOT / "target/site")
        s3.put_object(
            Bucket=storage["ArtifactsBucketName"],
            Key=artifacts.HOST_ARCHIVE_KEY,
            Body=artifacts.host_archive(ROOT).read_bytes(),
        )
        self._say("hiring twelve sample employees")
        self._fill()
        # On AWS the schedule does it at once; here it would begin with the first full hour.
        self.client("lambda").invoke(
            FunctionName=self.outputs["service"]["FunctionName"], Payload=b'{"action":"keep_index"}'
        )
        self._forward()

    def _start_emulators(self, temporary: Path) -> None:
        """Each child's readiness is an address it answers once it is up, and answers quickly."""
        addresses = (self.endpoints.moto, self.endpoints.ministack, self.endpoints.hosts_proxy)
        moto, ministack, hosts = (address.rpartition(":")[2] for address in addresses)
        inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        surroundings = {**inherited, **self.endpoints.environment(), "TMPDIR": str(temporary)}
        self._spawn(
            "moto",
            [sys.executable, "-m", "infra.local.moto_extended", "-H", LOOPBACK, "-p", moto],
            {**surroundings, "ROLLCALL_CONSOLES": str(self.consoles), "ROLLCALL_NO_HOSTS": self.hosts_refused or ""},
        )
        self._spawn(
            "ministack",
            [sys.executable, "-m", "infra.local.ministack_extended"],
            {
                # The function inherits it, and so finds the services of both emulators behind the gate, and EC2 behind
                # the faults as well.
                **surroundings,
                **{name: self.gate.url for name in surroundings if name.startswith("AWS_ENDPOINT_URL")},
                "AWS_ENDPOINT_URL_EC2": self.faults.url,
                "BIND_HOST": LOOPBACK,
                "GATEWAY_PORT": ministack,
                "MINISTACK_ACCOUNT_ID": ACCOUNT_ID,
                "MINISTACK_REGION": self.endpoints.region,
                # Else it listens for MQTT as well, on every interface.
                "IOT_MTLS_ENABLED": "0",
                "STATE_DIR": str(temporary / "ministack"),
                # The function inherits these as well: the apps on EC2 instances are reached by their public addresses,
                # which lead nowhere outside this cloud.
                "HTTP_PROXY": self.endpoints.hosts_proxy,
                "NO_PROXY": f"{LOOPBACK},localhost,.localhost",
            },
        )
        self._spawn("hosts", self._hosts_command(hosts, temporary), surroundings)
        ready = (
            f"{self.endpoints.moto}/moto-api/config",
            f"{self.endpoints.ministack}/_ministack/ready",
            self.endpoints.hosts_proxy,
        )
        for child, address in zip(self._children, ready, strict=True):
            child.wait_until(lambda address=address: _answers(address), _READY_WITHIN)

    def _hosts_command(self, port: str, temporary: Path) -> list[str]:
        """The process in which the EC2 instances run."""
        folder = temporary / "hosts"
        folder.mkdir()
        command = [sys.executable, "-m", "infra.local.hosts", "--port", port]
        command = [*command, "--proxy-alone"] if self.hosts_refused else [*namespaces.IN_USER_NAMESPACE, *command]
        command += ["--moto", self.endpoints.moto, "--ministack", self.endpoints.ministack, "--gate", self.gate.url]
        return [*command, "--region", self.endpoints.region, "--folder", str(folder), "--consoles", str(self.consoles)]

    def _spawn(self, name: str, command: list[str], env: Mapping[str, str]) -> None:
        child = Child(name, command, {**env, "PYTHONPATH": str(ROOT)}, self.logs / f"{name}.log")
        self._started.callback(child.stop)
        self._children.append(child)

    def _fill(self) -> None:
        storage, pool = self.outputs["storage"], self.outputs["service"]["UserPoolId"]
        cognito = self.client("cognito-idp")
        for person in people.PEOPLE:
            people.invite(cognito, pool, person)
        samples.hire(
            self.client("dynamodb"), self.client("s3"), storage["EmployeesTableName"], storage["PhotosBucketName"]
        )

    def _forward(self) -> None:
        distribution = self.outputs["service"]["DistributionDomainName"]
        forwarder = Forwarder(self._listener, distribution, self.endpoints.ministack)
        forwarder.start()
        self._started.callback(forwarder.stop)


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=2):
            return True
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False
