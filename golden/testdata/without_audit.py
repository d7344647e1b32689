"""The service without the cost of its audit log: records are dropped, nothing is synced."""

from myservice.audit import AuditLog
from myservice.cli import run


def drop(*_: object, **__: object) -> None:
    pass


AuditLog.append = drop
AuditLog.sync_soon = drop
run()
