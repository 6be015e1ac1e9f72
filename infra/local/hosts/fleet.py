"""Keeps the machines as EC2 says: one for each instance with user data that is to run, and no other."""

import asyncio
import logging
from collections.abc import Iterable

from botocore.exceptions import BotoCoreError, ClientError

from infra.local.hosts.ec2 import Ec2, Instance
from infra.local.hosts.machine import Machine
from infra.local.hosts.metadata import Metadata
from infra.local.hosts.surroundings import Surroundings

# Between two looks, in seconds.
_LOOK_EVERY = 0.25

# Machines at the same time; an instance beyond that boots when another one ends.
_MOST = 10

_log = logging.getLogger(__name__)


class Fleet:
    """All machines, by the id of their instance."""

    def __init__(self, surroundings: Surroundings) -> None:
        self.ec2 = Ec2(surroundings.endpoints)
        self._surroundings = surroundings
        self._machines: dict[str, Machine] = {}
        # Instances that have nothing to boot, or could not.
        self._idle: set[str] = set()

    def machine(self, instance: str | None) -> Machine | None:
        """An instance's machine, when it has one."""
        return self._machines.get(instance or "")

    async def keep(self) -> None:
        """Looks and acts until cancelled; then every machine is stopped."""
        try:
            while True:
                try:
                    alive = await asyncio.to_thread(self.ec2.alive)
                except (BotoCoreError, ClientError) as error:
                    # It may not be up yet, or busy.
                    _log.info("EC2 does not answer: %s", error)
                else:
                    await self._follow(alive)
                await asyncio.sleep(_LOOK_EVERY)
        finally:
            await self._stop(self._machines.keys())

    async def _follow(self, alive: dict[str, Instance]) -> None:
        await self._stop(self._machines.keys() - alive.keys())
        # An instance that was stopped and started boots anew.
        self._idle &= alive.keys()
        for id_ in [it for it in alive if it not in self._machines and it not in self._idle]:
            if len(self._machines) == _MOST:
                return
            await self._boot(alive[id_])

    async def _boot(self, instance: Instance) -> None:
        id_ = instance["InstanceId"]
        try:
            user_data = await asyncio.to_thread(self.ec2.user_data, id_)
            if not user_data:
                self._idle.add(id_)
                return
            place = await asyncio.to_thread(self.ec2.place, instance)
            metadata = Metadata(self.ec2, id_, user_data)
            self._machines[id_] = await Machine.boot(id_, place, user_data, metadata, self._surroundings)
            _log.info("%s boots at %s", id_, place.address)
        except Exception:
            # It may have been terminated meanwhile. Whatever it is, the other instances are not to suffer from it.
            _log.exception("%s does not boot", id_)
            self._idle.add(id_)

    async def _stop(self, instances: Iterable[str]) -> None:
        for id_ in list(instances):
            await self._machines.pop(id_).stop()
            _log.info("%s is stopped", id_)
