"""The network of one machine: a wire from the instance to a gateway, behind which there is only what we put there.

Instance and gateway are two networks, so that the metadata service and the app can both have port 80.
"""

import socket
from collections.abc import Sequence

from infra.local.hosts.ec2 import Place
from infra.local.hosts.namespaces import NetworkNamespace

METADATA = "169.254.169.254"
PORT = 80


class Network:
    """Both ends of the wire. Nothing in either reaches the real network."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self.instance = NetworkNamespace()
        self._gateway = NetworkNamespace()
        try:
            self._gateway.configure(
                "link set lo up",
                f"link add name gateway type veth peer name eth0 netns {self.instance.task()}",
                f"addr add {place.gateway}/{place.prefix} dev gateway",
                f"addr add {METADATA}/32 dev gateway",
                "link set gateway up",
            )
            self.instance.configure(
                "link set lo up",
                f"addr add {place.address}/{place.prefix} dev eth0",
                "link set eth0 up",
                f"route add default via {place.gateway}",
            )
        except BaseException:
            self.close()
            raise

    def metadata_listener(self) -> socket.socket:
        """Where the instance looks for its metadata."""
        return self._gateway.run(socket.create_server, (METADATA, PORT))

    def loopback_listener(self, port: int) -> socket.socket:
        """A port of the instance's own loopback interface, so that addresses on 127.0.0.1 hold on the instance too."""
        return self.instance.run(socket.create_server, ("127.0.0.1", port))

    def outside_socket(self, family: int, kind: int, protocol: int) -> socket.socket:
        """A socket that connects as visitors do."""
        return self._gateway.run(socket.socket, family, kind, protocol)

    @property
    def app(self) -> str:
        """Where visitors find the app, for such a socket."""
        return f"http://{self._place.address}:{PORT}"

    def close(self) -> None:
        """Gives both up."""
        for namespace in self._namespaces:
            namespace.close()

    @property
    def _namespaces(self) -> Sequence[NetworkNamespace]:
        return (self.instance, self._gateway)
