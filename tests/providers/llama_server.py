"""Runs llama.cpp's own server, from the package `xllamacpp`, in a process of its own.

As a program it is that process: `python -m tests.providers.llama_server FIELDS`, those of `LlamaServer` as JSON.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

KEY = "sk-local-0123456789abcdef"


@dataclass(frozen=True)
class LlamaServer:
    """A server. `context` is in tokens, prompt and answer together; `origins` are the pages that may ask it."""

    model: str
    context: int = 8192
    key: str = KEY
    origins: str = "*"
    origin: str = ""

    @property
    def url(self) -> str:
        """The base URL of the API."""
        return f"{self.origin}/v1"


@contextmanager
def running_server(wanted: LlamaServer, log: Path) -> Iterator[LlamaServer]:
    """Run the server until the end of the block; its own words go into `log`.

    Raises:
        RuntimeError: it does not start.
    """
    command = [sys.executable, "-m", "tests.providers.llama_server", json.dumps(asdict(wanted))]
    pipe = subprocess.PIPE
    with (
        log.open("w") as words,
        subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=words, text=True) as process,
    ):
        try:
            assert process.stdout is not None
            origin = process.stdout.readline().strip()
            if not origin.startswith("http://"):
                raise RuntimeError(f"the server did not start: {log.read_text()[-2000:]}")
            yield LlamaServer(**(asdict(wanted) | {"origin": origin}))
        finally:
            process.kill()


def serve(wanted: LlamaServer) -> None:
    """Serve until standard input ends or the process is killed."""
    import xllamacpp

    parameters = xllamacpp.CommonParams()
    parameters.model.path = wanted.model
    parameters.n_ctx = wanted.context
    parameters.n_parallel = 1
    parameters.api_keys = [wanted.key]
    parameters.cors_origins = wanted.origins
    parameters.port = 0
    parameters.cpuparams.n_threads = 1  # its threads spin while they wait, which slows down a busy machine
    server = xllamacpp.Server(parameters)
    print(server.listening_address, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    serve(LlamaServer(**json.loads(sys.argv[1])))
