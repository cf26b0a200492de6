"""Which part of the engine a source file belongs to."""

from typing import Final

__all__ = ["part_of"]

#: the first that stands in the path counts
_PARTS: Final = (
    ("HTTP in: request, key, limits, answer", ("/gateway/service/", "/aiohttp/web", "/limits/", "ipaddress", "/gateway/api_keys")),
    (
        "webhook: event, signature, request",
        (
            "/aiohttp/client",
            "/aiohttp/connector",
            "/aiohttp/payload",
            "/gateway/sinks/",
            "/gateway/posting",
            "/gateway/signatures",
            "hmac.py",
        ),
    ),
    ("HTTP, both ways", ("/aiohttp/", "/multidict/", "/yarl/", "/as2/unfold", "/as2/server")),
    ("AS2: messages, receipts, primitives", ("/as2/", "/cryptography/", "as2_", "receipts")),
    ("997: written and numbered", ("/edi/acks/", "/edi/write", "/edi/form", "/edi/render", "/edi/headers", "acknowledge", "numbered")),
    ("EDI: read and validated", ("/edi/", "read_payload", "identify")),
    ("map, document, its checks", ("/maps/", "/canonical/", "/pydantic", "<map", "map_set", "checks", "partners/", "uuid", "json/")),
    ("store: transactions and statements", ("/gateway/store/", "sqlalchemy", "sqlite", "psycopg")),
    ("pipeline: steps, worker, what is written", ("/gateway/pipeline/", "ulid", "/gateway/ids", "/gateway/")),
    ("event loop and threads", ("asyncio", "selectors", "threading", "concurrent", "queue", "contextlib", "contextvars")),
    ("metrics and log", ("prometheus", "structlog", "logging")),
)
OTHER: Final = "other"


def part_of(file: str) -> str:
    """The part; "other" for what none of them names."""
    return next((part for part, places in _PARTS if any(place in file for place in places)), OTHER)
