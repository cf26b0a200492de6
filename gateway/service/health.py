"""Whether the gateway lives, whether it is ready to take something over, and what it counts."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web
from pydantic import BaseModel, Field
from sqlalchemy import text

from gateway import operations
from gateway.errors import Cause, Refusal
from gateway.pipeline.context import Context
from gateway.service.routes import Access, Body, Parameter, Route
from gateway.store.breakers import Phase
from gateway.store.errors import StoreUnavailableError

__all__ = ["Health", "HealthSurface", "ReadinessCheck"]

_PROBES: Final = ("live", "ready")
_PATIENCE: Final = 2.0


class ReadinessCheck(BaseModel):
    """One thing that must hold before anything is taken over."""

    name: str
    ok: bool
    detail: str = ""


class Health(BaseModel):
    """The state of the gateway as load balancers and people ask for it."""

    live: bool
    ready: bool
    checks: list[ReadinessCheck]
    degraded: list[str] = Field(
        default_factory=list,
        description="Kinds of destinations of which one does not answer: sink, partner, mdn. `gateway status` names them.",
    )


class HealthSurface:
    """`/healthz`, which names nobody, and `/metrics`, for which a key is needed: its labels name partners and readers."""

    def __init__(self, context: Context, stopping: asyncio.Event) -> None:
        self._context = context
        self._stopping = stopping

    def routes(self) -> tuple[Route, ...]:
        """The addresses of this surface."""
        probe = Parameter("probe", "query", "`live` answers 200 as long as the process answers at all.", {"enum": list(_PROBES)})
        state = Body("What was checked.", Health)
        text_format = Body("Prometheus text format.", media_types=("text/plain",))
        return (
            Route(
                "GET",
                "/healthz",
                self.health,
                "health",
                "Live, ready, and why not",
                Access.PUBLIC,
                {200: state, 503: state},
                None,
                (probe,),
                (Cause.MALFORMED_REQUEST,),
            ),
            Route(
                "GET", "/metrics", self.metrics, "metrics", "Counters and gauges", Access.ADMIN, {200: text_format}, scope="metrics:read"
            ),
        )

    async def health(self, request: web.Request) -> web.Response:
        """Run every check; 503 when one fails, so that a load balancer sends work elsewhere."""
        probe = request.query.get("probe", "ready")
        if probe not in _PROBES:
            raise Refusal(Cause.MALFORMED_REQUEST, "probe is live or ready")
        checks = [
            await self._check(name, check)
            for name, check in (("store", self._store), ("disk", self._disk), ("intake", self._intake), ("running", self._running))
        ]
        health = Health(live=True, ready=all(check.ok for check in checks), checks=checks, degraded=await self._degraded())
        status = 200 if health.ready or probe == "live" else 503
        return web.json_response(health.model_dump(), status=status)

    async def metrics(self, _request: web.Request) -> web.Response:
        """Everything counted so far, and what stands where at this moment."""
        await self._measure()
        body, content_type = self._context.metrics.render()
        return web.Response(body=body, headers={"Content-Type": content_type})

    async def _measure(self) -> None:
        metrics = self._context.metrics
        try:
            status = await operations.status(self._context)
        except Refusal:  # without a store the counters are still worth having
            return
        for thing, states in status["things"].items():
            for state, count in states.items():
                metrics.open(thing, state, count)
        metrics.circuits({one["destination"]: (one["state"], one["waiting"]) for one in status["breakers"]})
        metrics.consumers({one["consumer"]: (one["behind"], one["lagSeconds"]) for one in status["consumers"]})
        metrics.oldest_job(max(0.0, status["oldestDueSeconds"]))

    @staticmethod
    async def _check(name: str, check: Callable[[], Awaitable[str]]) -> ReadinessCheck:
        try:
            fault = await asyncio.wait_for(check(), _PATIENCE)
        except Exception as error:  # whatever keeps a check from passing, it has not passed
            fault = type(error).__name__
        return ReadinessCheck(name=name, ok=not fault, detail=fault)

    async def _store(self) -> str:
        await self._context.store.read(lambda connection: connection.execute(text("SELECT 1")).scalar_one())
        return ""

    async def _disk(self) -> str:
        free = shutil.disk_usage(self._context.store.folder).free
        return "" if free > self._context.settings.limits.free_bytes else f"{free // 1024} KiB free in the data folder"

    async def _degraded(self) -> list[str]:
        try:
            found = await asyncio.wait_for(operations.circuits(self._context), _PATIENCE)
        except (Refusal, StoreUnavailableError, TimeoutError):  # the check of the store tells that
            return []
        return sorted({one["destination"].partition(":")[0] for one in found["breakers"] if one["state"] != Phase.CLOSED})

    async def _intake(self) -> str:
        return "; ".join(self._context.overload)

    async def _running(self) -> str:
        return "the gateway is stopping" if self._stopping.is_set() else ""
