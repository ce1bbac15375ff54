"""paho-mqtt driven by the event loop through its public calls: read until nothing new arrives, work, write once.

The rules of DESIGN section 7 live here: callback API V2; a session that outlives the connection; acknowledgements by hand, in the
order of arrival and only on the connection that they belong to; callbacks that only enqueue; a publish judged by its reason
code; nothing published offline; few messages in flight; reconnecting with jitter.
"""

from bridge.bus.mqtt.address import Address, address
from bridge.bus.mqtt.client import INFLIGHT, KEEPALIVE, MOST_INFLIGHT, SESSION, UNACKNOWLEDGED
from bridge.bus.mqtt.connection import RETRY, Connection
from bridge.bus.mqtt.told import Told, properties

__all__ = ["INFLIGHT", "KEEPALIVE", "MOST_INFLIGHT", "RETRY", "SESSION", "UNACKNOWLEDGED", "Address", "Connection", "Told", "address", "properties"]
