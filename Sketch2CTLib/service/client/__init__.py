"""A client of the service: the same class for a local worker and for a server. Needs neither torch, Slicer nor Qt.

transport   the seam: how messages travel
session     the protocol with a worker, apart from how its bytes travel (WorkerSession)
local       a worker process of one's own (LocalTransport)
http        a server (HttpTransport)
client      Client and its Calls: what a program uses
"""

from .client import Call, Client
from .transport import Hear, Transport

__all__ = ["Call", "Client", "Hear", "Transport"]
