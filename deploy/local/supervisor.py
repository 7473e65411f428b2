"""Starts an installation (broker, streams, services) and stops it again, the broker last."""

import asyncio
import os
import signal
from collections.abc import Iterable
from contextlib import suppress

from nats.errors import Error as BrokerError

from deploy.installation.broker_connection import connect_as_operator, provision_when_reachable
from deploy.installation.broker_store import move_streams
from deploy.installation.data_folder import InstallationState, write_state
from deploy.installation.secret_files import SERVICES, Secrets, confirm_keys, secrets_folder
from deploy.installation.settings import LauncherSettings
from deploy.installation.signing_keys import open_policy_keys
from deploy.local.broker_start import wait_for_broker
from deploy.local.log_formatting import parse_line
from deploy.local.process_monitor import ProcessMonitor
from deploy.local.process_specs import BROKER, broker_process, service_process
from deploy.local.readiness import ask_readiness
from deploy.local.terminal import StartReporter, Terminal
from deploy.local.watchdog import Watchdog
from deploy.policy.default_policy import ensure_policy
from shared.log.append import ConcurrencyConflict, UnknownOutcome
from shared.log.provision import ProvisionError
from shared.problems import StartRefused

READY_POLL_S = 0.1
# A broker that reads a large log answers late; retrying more often would not help.
PROVISION_RETRY_S = 1.0
# A process that ends five times before the first "ready" will not recover: report it and stop.
MAX_STARTS_BEFORE_READY = 5
# A stop may take 10 s: services get 6.5 (the gateway gives open requests 5), then the broker 2.
SERVICES_STOP_TIMEOUT_S, BROKER_STOP_TIMEOUT_S = 6.5, 2.0


class Supervisor:
    """Runs one installation until a signal. The caller holds the lock on the data folder."""

    def __init__(self, settings: LauncherSettings, secrets: Secrets, terminal: Terminal) -> None:
        self._settings = settings
        self._secrets = secrets
        self._terminal = terminal
        self._reporter = StartReporter(settings, terminal)
        self._monitors: dict[str, ProcessMonitor] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._provisioned = asyncio.Event()
        self._stop = asyncio.Event()
        self._ready = False
        self._code = 0

    async def run(self) -> int:
        """Start, wait for a signal, stop. Return the exit code: 1 if the start failed."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, self._on_signal)
        starting = asyncio.create_task(self._start())
        starting.add_done_callback(self._on_end)
        await self._stop.wait()
        starting.cancel()
        await self._close()
        return self._code

    async def _start(self) -> None:
        move_streams(self._settings.data / "broker")
        broker = broker_process(self._settings, self._secrets)
        self._start_monitor(ProcessMonitor(broker, self._settings.data / "logs", self._terminal, self._provision))
        await self._provisioned.wait()
        for name in SERVICES:
            spec = service_process(name, self._settings, self._secrets)
            self._start_monitor(ProcessMonitor(spec, self._settings.data / "logs", self._terminal))
        await self._provide_policy()
        while not (readiness := await ask_readiness(self._settings.url)).ready:
            self._reporter.progress(readiness)
            await asyncio.sleep(READY_POLL_S)
        self._ready = True
        self._write_state()
        self._reporter.ready(readiness)
        await Watchdog(
            self._settings, self._monitors, self._terminal, self._provision_again, secrets=self._secrets
        ).run()

    async def _provision(self) -> None:
        """Provision the broker after each of its starts; cancelled when the broker ends."""
        changes = None
        while changes is None:
            try:
                log = self._settings.data / "logs" / f"{BROKER}.log"
                await wait_for_broker(self._settings.broker_url, log, self._terminal)
                where = f"the data folder {self._settings.data}"
                changes = await provision_when_reachable(self._settings.broker_url, self._secrets, where)
            except StartRefused as refused:
                self._give_up(str(refused))
                return
            except (ProvisionError, BrokerError, OSError) as error:
                if isinstance(error, ProvisionError) or not self._provisioned.is_set():
                    self._give_up(f"The broker could not be provisioned: {error}")
                    return
                # It was provisioned before, so it is slow now or restarting.
                self._terminal.write_about(BROKER, f"not provisioned yet: {error}", "warning")
                await asyncio.sleep(PROVISION_RETRY_S)
        if not self._provisioned.is_set():
            confirm_keys(self._settings.data, self._secrets)
            self._reporter.provisioned(changes)
        self._provisioned.set()

    async def _provision_again(self) -> None:
        """Apply the declarations to a running broker. A failure is only told: what works goes on."""
        try:
            where = f"the data folder {self._settings.data}"
            await provision_when_reachable(self._settings.broker_url, self._secrets, where)
        except (StartRefused, ProvisionError, BrokerError, OSError) as error:
            self._terminal.write_about(BROKER, f"`ottit provision` failed: {error or type(error).__name__}", "error")

    async def _provide_policy(self) -> None:
        """Activate the shipped policy if needed, while the services load. Moderation waits for its policy."""
        try:
            message = await _ensure_policy(self._settings, self._secrets)
        except (UnknownOutcome, ConcurrencyConflict, BrokerError, OSError) as error:
            message = f"could not be checked: {type(error).__name__}"
        if message:
            self._terminal.write_about("policy", message)

    def _start_monitor(self, monitor: ProcessMonitor) -> None:
        monitor.on_change = self._on_change
        self._monitors[monitor.spec.name] = monitor
        task = self._tasks[monitor.spec.name] = asyncio.create_task(monitor.run(), name=monitor.spec.name)
        task.add_done_callback(self._on_end)

    def _on_change(self, monitor: ProcessMonitor) -> None:
        self._write_state()
        if self._ready or not monitor.restarts:
            return
        if monitor.refused:  # another start would not help
            reason = parse_line(monitor.last_lines[-1]).text if monitor.last_lines else f"see {monitor.log}"
            self._give_up(f"{monitor.spec.name} refused to start: {reason}")
        elif monitor.restarts >= MAX_STARTS_BEFORE_READY:
            self._give_up(
                f"{monitor.spec.name} ended {monitor.restarts} times before it was ready. The last lines of "
                f"{monitor.log}:\n" + "\n".join(f"  {line}" for line in monitor.last_lines)
            )

    def _on_end(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()):
            self._give_up(f"The launcher failed: {type(error).__name__}: {error}")

    def _give_up(self, message: str) -> None:
        if not self._stop.is_set():
            self._terminal.write(message, "error")
            self._code = 1
            self._stop.set()

    def _on_signal(self) -> None:
        if self._stop.is_set():  # the second signal kills at once
            for monitor in self._monitors.values():
                monitor.stop(signal.SIGKILL)
            return
        self._stop.set()

    async def _close(self) -> None:
        self._reporter.stopping()
        await self._stop_processes([name for name in self._monitors if name != BROKER], SERVICES_STOP_TIMEOUT_S)
        await self._stop_processes([BROKER], BROKER_STOP_TIMEOUT_S)
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        self._write_state()
        self._reporter.stopped()

    async def _stop_processes(self, names: Iterable[str], timeout_s: float) -> None:
        tasks = {self._tasks[name]: name for name in names if name in self._tasks}
        for name in tasks.values():
            self._monitors[name].stop()
        if not tasks:
            return
        _, running = await asyncio.wait(tasks, timeout=timeout_s)
        for task in running:
            self._terminal.write_about(tasks[task], f"did not stop within {timeout_s:g} s; killed", "warning")
            self._monitors[tasks[task]].stop(signal.SIGKILL)

    def _write_state(self) -> None:
        parts = [monitor.state for monitor in self._monitors.values()]
        ready = self._ready and not self._stop.is_set()
        url, broker_url = self._settings.url, self._settings.broker_url
        with suppress(OSError):  # a full disk only makes `ottit status` outdated
            write_state(self._settings.data, InstallationState(os.getpid(), url, broker_url, ready, parts))


async def _ensure_policy(settings: LauncherSettings, secrets: Secrets) -> str:
    """Ensure that a policy is active. Return a message for the operator, or an empty text."""
    client = await connect_as_operator(settings.broker_url, secrets)
    try:
        return await ensure_policy(client, open_policy_keys(secrets_folder(settings.data)))
    finally:
        await client.close()
