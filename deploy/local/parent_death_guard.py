"""Runs a command that ends with the launcher: `python parent_death_guard.py LAUNCHER_PID COMMAND...`.

On Linux the kernel kills the process when its parent ends, even by SIGKILL (prctl(2), PR_SET_PDEATHSIG); the setting
survives exec. Other systems have no equivalent: there, processes of a killed launcher must be killed by hand.
Imports little, because every process starts through this script.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def main() -> None:
    """Ask the kernel to end this process with the launcher, then execute the command."""
    launcher, command = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != launcher:  # the launcher ended before the line above took effect
        sys.exit(1)
    os.execv(command[0], command)


if __name__ == "__main__":
    main()
