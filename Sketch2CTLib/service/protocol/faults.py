"""The service's own errors, and any exception as one of the tree.

Sketch2CTError
├── InputError
│   ├── ProtocolError           bad_message         not JSON, not an object, a field is wrong
│   │   ├── UnknownMessage      unknown_message     a kind that this version does not know
│   │   ├── UnsupportedVersion  unsupported_version no version in common
│   │   └── TooLarge            too_large           a line or an upload beyond its limit
│   ├── DuplicateId             duplicate_id        a job of that id is known already
│   ├── UnknownJob              unknown_job         there is no such job, or it was forgotten
│   └── Refused                 refused             what a service does not do for its clients: files by path
├── ServiceUnavailable
│   ├── Busy                    busy                the queue is full
│   ├── Closing                 closing             the service is shutting down
│   └── WorkerLost              worker_lost         the worker died, or the line to it broke
├── ResourceError
│   └── OutOfMemory             out_of_memory       even the smallest plan does not fit
├── OutputError
│   └── DiskFull                disk_full
└── InternalFault               internal            a fault of the program; the service goes on
"""

from __future__ import annotations

import errno

from ...errors import InputError, OutputError, ResourceError, ServiceUnavailable, Sketch2CTError

_LONGEST_REASON = 300
_DISK_FULL = (errno.ENOSPC, errno.EDQUOT)


class ProtocolError(InputError):
    """A message cannot be understood.

    Args:
        message: What is wrong with it.
        hint: How to mend it.
        request_id: The id that it bore, where it could be read.
    """

    code = "bad_message"

    def __init__(self, message: str, *, hint: str = "", request_id: str = "") -> None:
        super().__init__(message, hint=hint)
        self.request_id = request_id


class UnknownMessage(ProtocolError):
    """A message of a kind that this version does not know."""

    code = "unknown_message"


class UnsupportedVersion(ProtocolError):
    """Client and service have no version of the protocol in common."""

    code = "unsupported_version"


class TooLarge(ProtocolError):
    """A line or an upload is larger than its limit."""

    code = "too_large"


class DuplicateId(InputError):
    """A job of that id is known already."""

    code = "duplicate_id"


class UnknownJob(InputError):
    """There is no such job, or it was forgotten."""

    code = "unknown_job"


class Refused(InputError):
    """The service does not do that for its clients."""

    code = "refused"


class Busy(ServiceUnavailable):
    """The queue is full; try again later."""

    code = "busy"


class Closing(ServiceUnavailable):
    """The service is shutting down."""

    code = "closing"


class WorkerLost(ServiceUnavailable):
    """The worker died, or the line to it broke, before the job was done."""

    code = "worker_lost"


class OutOfMemory(ResourceError):
    """Even the smallest plan needs more memory than there is."""

    code = "out_of_memory"


class DiskFull(OutputError):
    """The disk of the results is full."""

    code = "disk_full"


class InternalFault(Sketch2CTError):
    """A fault of the program, not of the request."""

    code = "internal"


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an exception says that memory, of the machine or of a GPU, did not suffice."""
    if isinstance(error, MemoryError | OutOfMemory) or type(error).__name__ == "OutOfMemoryError":
        return True
    text = str(error).lower()
    return isinstance(error, RuntimeError) and ("can't allocate memory" in text or "out of memory" in text)


def fault_of(error: BaseException) -> Sketch2CTError:
    """Any exception as an error with a code; one of the tree is itself, unless it tells of a full disk."""
    if _is_disk_full(error):
        return DiskFull("The disk of the results is full.", hint="Free some space, or choose another folder.")
    if isinstance(error, Sketch2CTError):
        return error
    if is_out_of_memory(error):
        return OutOfMemory("There is not enough memory for this job.", hint="Ask for fewer candidates or less quality.")
    reason = " ".join(f"{type(error).__name__}: {error}".split())[:_LONGEST_REASON]
    return InternalFault(f"The service failed ({reason}).", hint="Its log tells more; the next job is not affected.")


def _is_disk_full(error: BaseException | None) -> bool:
    """Looks through the causes: an error of the tree may wrap the system's."""
    for _ in range(10):
        if error is None:
            return False
        if isinstance(error, OSError) and error.errno in _DISK_FULL:
            return True
        error = error.__cause__ or error.__context__
    return False
