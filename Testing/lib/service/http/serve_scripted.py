"""A server around scripted jobs, in a process of its own; it says where, as `sketch2ct serve` does."""

from __future__ import annotations

import sys

from Sketch2CTLib.service.http.app import Address, ServeConfig, server_of

if __name__ == "__main__":
    server = server_of(ServeConfig(command=tuple(sys.argv[1:]), queue_limit=1000, grace_s=0), Address(port=0))
    server.on_start = lambda: print(f"serving on http://127.0.0.1:{server.port}", flush=True)
    server.run()
