"""A backup is refused where it would be deleted with its container."""

import errno
from pathlib import Path

import pytest

from deploy.operations.backup_place import DiskFull, VanishingPlace, check_mount, explained_full_disk

# From a container with a mounted folder `/backups` and a tmpfs at `/tmp`.
MOUNTS = (
    "600 450 0:59 / / rw,relatime master:1 - overlay overlay rw,lowerdir=/a,upperdir=/b",
    "601 600 0:62 / /proc rw,nosuid - proc proc rw",
    "602 600 0:63 / /tmp rw,nosuid,nodev - tmpfs tmpfs rw,size=65536k",
    "603 600 254:0 /srv/backups /backups rw,relatime - ext4 /dev/vda rw",
    "604 600 254:0 /srv/other /my\\040backups rw,relatime - ext4 /dev/vda rw",
    "605 603 0:64 / /backups/quick rw - tmpfs tmpfs rw",
)


@pytest.mark.parametrize("folder", ["/tmp", "/tmp/new/folder", "/", "/home/ottit", "/backupsx", "/backups/quick"])
def test_a_folder_that_is_deleted_with_the_container_is_refused(folder: str) -> None:
    with pytest.raises(VanishingPlace, match="would be deleted with this container"):
        check_mount(Path(folder), MOUNTS)


@pytest.mark.parametrize("folder", ["/backups", "/backups/daily", "/my backups"])
def test_a_mounted_folder_is_accepted(folder: str) -> None:
    check_mount(Path(folder), MOUNTS)


def test_a_full_disk_is_explained_and_other_errors_are_not_changed(tmp_path: Path) -> None:
    with pytest.raises(DiskFull, match="Earlier backups there are unchanged"), explained_full_disk(tmp_path):
        raise OSError(errno.ENOSPC, "No space left on device")
    with pytest.raises(PermissionError), explained_full_disk(tmp_path):
        raise PermissionError
