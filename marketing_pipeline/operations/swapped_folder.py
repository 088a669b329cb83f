"""Two folders that change places in one act, so that a process killed in between leaves either the one or the other."""

import ctypes
import errno
import os
from pathlib import Path

_HERE, _EXCHANGE = -100, 2
_UNKNOWN = frozenset({errno.ENOSYS, errno.EINVAL, errno.ENOTSUP})


def swap(first: Path, second: Path) -> None:
    """Let two folders of one file system change places. Raises OSError.

    Where the system cannot exchange names in one act (only Linux can), it is done in three: a process killed between
    them leaves `first` under the name that `aside_of` gives it.
    """
    call = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if call is not None:
        if call(_HERE, os.fsencode(first), _HERE, os.fsencode(second), _EXCHANGE) == 0:
            return
        error = ctypes.get_errno()
        if error not in _UNKNOWN:
            raise OSError(error, os.strerror(error), str(first))
    aside = aside_of(first)
    first.rename(aside)
    second.rename(first)
    aside.rename(second)


def aside_of(folder: Path) -> Path:
    """Where a folder stands for a moment while two change places in three acts."""
    return folder.with_name(f".{folder.name}.aside")
