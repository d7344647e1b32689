"""What a developer's machine needs; nothing here is secret, and nothing here is shipped."""

from a.config import PREFIX

ENV = {
    f"{PREFIX}AUDIT__PATH": "var/dev.jsonl",  # its key is another than that of `make run`
    f"{PREFIX}API_KEY": "dev-key-not-secret",
    f"{PREFIX}AUDIT_KEY": "dev-audit-key-not-secret-not-secret",
}
