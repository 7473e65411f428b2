"""Runs a command that dies with the launcher: `python parent_death_guard.py LAUNCHER_PID COMMAND...`.

On Linux the kernel kills the process when its parent ends (prctl(2), PR_SET_PDEATHSIG), even by SIGKILL, and keeps
that through exec. Other systems have nothing like it; there a killed launcher leaves its parts for `kill`.
Needs no package and imports little: it is on the way of every start.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def main() -> None:
    """Tie this process to the launcher and become the command."""
    launcher, command = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != launcher:  # it ended before the line above took effect
        sys.exit(1)
    os.execv(command[0], command)


if __name__ == "__main__":
    main()
