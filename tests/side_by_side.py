"""`python -m tests.side_by_side 'NAME: COMMAND'...`: runs commands at the same time.

Prints the output of each command in one piece when it ends, with the seconds it took.
"""

import subprocess
import sys
import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

# Shows that the commands are still running.
PROGRESS_EVERY_S = 15.0


@dataclass(frozen=True)
class Finished:
    """A command that has ended: standard output and standard error together, exit code, duration."""

    output: str
    code: int
    seconds: float


def main(arguments: list[str]) -> int:
    """Run the commands; 0 when all of them succeed, 1 after the last one otherwise."""
    steps = dict(argument.split(": ", 1) for argument in arguments)
    print(f"==> At the same time: {', '.join(steps)}", flush=True)
    began = time.monotonic()
    failed: list[str] = []
    with ThreadPoolExecutor(max_workers=len(steps)) as pool:
        running: dict[Future[Finished], str] = {pool.submit(_run, command): name for name, command in steps.items()}
        while running:
            done, _ = wait(running, timeout=PROGRESS_EVERY_S, return_when=FIRST_COMPLETED)
            for future in done:
                name = running.pop(future)
                _report(name, future.result())
                if future.result().code:
                    failed.append(name)
            if not done:
                print(f"    {time.monotonic() - began:.0f} s: {', '.join(running.values())} still running", flush=True)
    if failed:
        print(f"Failed: {', '.join(failed)}", flush=True)
    return 1 if failed else 0


def _run(command: str) -> Finished:
    began = time.monotonic()
    # Output is shown only at the end, so a command cannot ask for input.
    ended = subprocess.run(
        command, shell=True, check=False, text=True, errors="replace",
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    return Finished(ended.stdout, ended.returncode, time.monotonic() - began)


def _report(name: str, finished: Finished) -> None:
    print(f"==> {name}")
    if output := finished.output.strip("\n"):
        print(output)
    ending = f" (exit code {finished.code})" if finished.code else ""
    print(f"    {finished.seconds:.1f} s{ending}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
