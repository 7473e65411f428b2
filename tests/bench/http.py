"""A cheap load generator: keep-alive connections over asyncio streams."""

import asyncio
import statistics
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import perf_counter

import orjson


@dataclass
class Answer:
    """Status and body of a response."""

    status: int
    body: bytes

    def json(self) -> dict[str, object]:
        """Parse the body as a JSON object."""
        fields: dict[str, object] = orjson.loads(self.body)
        return fields


class Connection:
    """One keep-alive connection with the headers of a signed-in user."""

    def __init__(self, port: int, headers: dict[str, str]) -> None:
        self._port = port
        self._headers = "".join(f"{name}: {value}\r\n" for name, value in headers.items())

    async def open(self) -> None:
        """Connect."""
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)

    async def call(self, method: str, path: str, body: object = None) -> Answer:
        """Send a request and return its response."""
        payload = orjson.dumps(body) if body is not None else b""
        head = (
            f"{method} {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n{self._headers}"
            f"Content-Type: application/json\r\nContent-Length: {len(payload)}\r\n\r\n"
        )
        self._writer.write(head.encode() + payload)
        raw = (await self._reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(raw.split("content-length: ", 1)[1].split("\r\n", 1)[0])
        return Answer(int(raw.split(" ", 2)[1]), await self._reader.readexactly(length))

    async def lines(self, path: str) -> AsyncIterator[bytes]:
        """Yield the lines of an endless response."""
        self._writer.write(f"GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n{self._headers}\r\n".encode())
        while line := await self._reader.readline():
            yield line.rstrip()

    def close(self) -> None:
        """Close the connection."""
        self._writer.close()


@asynccontextmanager
async def connected(port: int, headers: dict[str, str]) -> AsyncIterator[Connection]:
    """Yield an open connection and close it at the end."""
    connection = Connection(port, headers)
    await connection.open()
    try:
        yield connection
    finally:
        connection.close()


@dataclass
class Load:
    """Durations of requests in seconds, and the wall time of all of them."""

    durations: list[float]
    wall_s: float

    @property
    def per_second(self) -> float:
        """Requests per second."""
        return len(self.durations) / self.wall_s

    def ms(self, percent: float) -> float:
        """Return a percentile of the durations in milliseconds."""
        return 1000 * statistics.quantiles(self.durations, n=1000)[round(percent * 10) - 1]


Work = Iterator[tuple[str, str, object]]


async def drive(port: int, headers: dict[str, str], work: Work, in_flight: int, expected_status: int) -> Load:
    """Send all requests of `work`, `in_flight` at once; every response must have the status `expected_status`."""
    durations: list[float] = []

    async def worker() -> None:
        async with connected(port, headers) as connection:
            for method, path, body in work:
                began = perf_counter()
                answer = await connection.call(method, path, body)
                durations.append(perf_counter() - began)
                if answer.status != expected_status:
                    raise RuntimeError(f"{method} {path}: {answer.status} {answer.body[:200]!r}")

    began = perf_counter()
    await asyncio.gather(*(worker() for _ in range(in_flight)))
    return Load(durations, perf_counter() - began)
