"""Collects the readiness of the whole installation: broker, gateway and every replica of each service."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from time import monotonic

from nats.aio.client import Client
from nats.errors import Error as BrokerError
from nats.errors import TimeoutError as BrokerTimeout
from pydantic import ValidationError

from services.gateway.operations.health import own_health
from services.gateway.operations.public_reasons import public_reason
from services.gateway.operations.schemas import Part, Ready
from services.gateway.view.view import View
from shared.log.integrity import LogIntegrity
from shared.log.provision import ProvisionError, stream_differences
from shared.messaging.broker_monitor import reported_problem
from shared.messaging.requests import Health, health_subject
from shared.telemetry.disk_space import DiskSpace

OTHERS = ("moderation", "embeddings", "ranking")
# A busy service answers between two batches.
HEALTH_S = 2.0
# After the first replica's answer the others get this long, and after the last one this readiness ends.
MORE_REPLICAS_S = 0.3
# So often a readiness waits for replicas that nobody knows yet; otherwise it ends with the last known one's answer.
DISCOVER_EVERY_S = 10.0
# A replica that answered before and no longer does is named this long; after that it was taken away on purpose.
REMEMBER_S = 600.0
NO_ANSWER = ("unreachable", "no answer within")
NO_BROKER = "unknown while the broker does not answer"


@dataclass
class Readiness:
    """Asks every part, and remembers the replicas that answered."""

    broker: Client
    view: View
    log: LogIntegrity
    disk: DiskSpace
    losses: Callable[[], Iterable[str]]  # sentences about lost entries and messages
    advice: Callable[[], Iterable[str]] = tuple  # sentences for the operator alone
    _seen: dict[tuple[str, str], float] = field(default_factory=dict)
    _discovered_at: dict[str, float] = field(default_factory=dict)

    async def public_report(self) -> Ready:
        """Return the report without addresses, paths and names of replicas."""
        full = await self.report()
        parts = {
            name: part.model_copy(update={"state": public_reason(part.state), "note": public_reason(part.note)})
            for name, part in full.parts.items()
        }
        return Ready(ready=full.ready, parts=parts)

    async def operator_report(self) -> Ready:
        """Return the report with advice about people and posts that wait, which is nobody else's business."""
        full = await self.report()
        gateway = full.parts["gateway"]
        notes = "; ".join(note for note in (gateway.note, *self.advice()) if note)
        return Ready(ready=full.ready, parts={**full.parts, "gateway": gateway.model_copy(update={"note": notes})})

    async def report(self) -> Ready:
        """Return the state of every part. Takes about `HEALTH_S` while a part does not answer."""
        broker, own = await asyncio.gather(self._broker(), own_health(self.broker, self.view, self.log))
        parts = {"broker": broker, "gateway": self._with_losses(part_of(own)), "disk": self._disk()}
        if broker.state.startswith(NO_ANSWER):
            parts |= dict.fromkeys(OTHERS, Part(state=NO_BROKER))
        else:
            others = await asyncio.gather(*(self._service(name) for name in OTHERS))
            parts |= dict(zip(OTHERS, others, strict=True))
        return Ready(ready=all(part.state == "ok" for part in parts.values()), parts=parts)

    async def _broker(self) -> Part:
        if not self.broker.is_connected:
            return Part(
                state=f"{NO_ANSWER[0]}: reconnecting. Nothing can be written; check that the broker is running."
            )
        try:
            async with asyncio.timeout(HEALTH_S):
                changed = await stream_differences(self.broker, "EVENTS")
        except ProvisionError as error:
            return Part(state=f"the log's stream is not available: {error}. If it stays so, restart the broker.")
        except (BrokerError, OSError):
            return Part(state=f"{NO_ANSWER[1]} {HEALTH_S:g} s; nothing can be written. If it stays so, restart it.")
        if changed:
            return Part(state=f"{'; '.join(changed)}: run `ottit provision`")
        try:
            problem = await reported_problem(self.broker)
        except OSError:
            return Part(state="ok", note="it does not report its own health")
        if not problem:
            return Part(state="ok")
        return Part(state=f"{problem}. Free some space if its disk is full, then restart the broker.")

    def _with_losses(self, part: Part) -> Part:
        notes = (part.note, *self.losses())
        return part.model_copy(update={"note": "; ".join(note for note in notes if note)})

    def _disk(self) -> Part:
        if problem := self.disk.problem:
            return Part(state=problem)
        state = self.disk.state
        return Part(state="ok", note="" if state == "ok" else state)

    async def _service(self, name: str) -> Part:
        try:
            answers = await self._ask(name)
        except (BrokerError, OSError, ValidationError) as error:
            return Part(state=f"does not answer ({type(error).__name__})")
        now = monotonic()
        self._seen |= {(name, answer.replica): now for answer in answers if answer.replica}
        gone = self._known(name) - {answer.replica for answer in answers}
        parts = [part_of(answer) for answer in answers]
        broken = [part for part in parts if part.state != "ok"]
        part = broken[0] if broken else parts[0]
        if broken and len(parts) > 1:
            named = [f"replica {answers[parts.index(one)].replica}: {one.state}" for one in broken]
            part = part.model_copy(update={"state": "; ".join(named)})
        notes = [one.note for one in parts if one.note]
        notes += [f"replica {replica} no longer answers" for replica in sorted(gone)]
        return part.model_copy(update={"note": "; ".join(dict.fromkeys(notes))})

    def _known(self, name: str) -> set[str]:
        """Return the replicas of a service that answered within the last `REMEMBER_S`."""
        since = monotonic() - REMEMBER_S
        return {replica for (service, replica), seen in self._seen.items() if service == name and seen > since}

    async def _ask(self, name: str) -> list[Health]:
        """Return the answers of the service's replicas, at least one.

        Raises:
            nats.errors.TimeoutError: no replica answered.
            ValidationError: an answer cannot be read.
        """
        now = monotonic()
        discovers = now - self._discovered_at.get(name, -DISCOVER_EVERY_S) >= DISCOVER_EVERY_S
        expected = self._known(name)
        inbox = self.broker.new_inbox()
        replies = await self.broker.subscribe(inbox)
        answers: list[Health] = []
        try:
            await self.broker.publish(health_subject(name), b"", reply=inbox)
            while discovers or not answers or expected - {answer.replica for answer in answers}:
                try:
                    message = await replies.next_msg(MORE_REPLICAS_S if answers else HEALTH_S)
                except (BrokerTimeout, TimeoutError) as error:
                    if not answers:
                        raise BrokerTimeout from error
                    break
                answers.append(Health.model_validate_json(message.data))
        finally:
            await replies.unsubscribe()
        if discovers:
            self._discovered_at[name] = now
        return answers


def part_of(health: Health) -> Part:
    """Return a service's health as a part of the answer."""
    problems = "; ".join(f"{part}: {state}" for part, state in health.parts.items() if state != "ok")
    if health.ready:
        return Part(state="ok", lag=health.lag, note=problems)
    return Part(state=problems or "not ready", lag=health.lag)
