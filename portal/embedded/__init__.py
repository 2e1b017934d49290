"""A machine without PostgreSQL, Valkey or Docker runs the whole product: this package starts what is missing."""

from portal.embedded.servers import Servers, embedded_servers
from portal.embedded.words import Refusal

__all__ = ["Refusal", "Servers", "embedded_servers"]
