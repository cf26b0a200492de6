"""Reads the parameters of a query; what is wrong with one is said by its name."""

from aiohttp import web

from gateway.errors import Cause, Refusal

__all__ = ["integer", "seconds"]

_DIGITS = 18


def integer(request: web.Request, name: str, default: int, *, lowest: int = 0, highest: int = 10**_DIGITS) -> int:
    """A whole number. Raises `Refusal`."""
    text = request.query.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS and lowest <= int(text) <= highest):
        raise Refusal(Cause.MALFORMED_REQUEST, f"{name} is a whole number from {lowest} to {highest}")
    return int(text)


def seconds(request: web.Request, name: str) -> float:
    """A time in seconds, 0 when it is not given. Raises `Refusal`."""
    text = request.query.get(name, "0")
    whole, _, part = text.partition(".")
    if not (text.isascii() and whole.isdigit() and (part.isdigit() or not part) and len(text) <= _DIGITS):
        raise Refusal(Cause.MALFORMED_REQUEST, f"{name} is a number of seconds")
    return float(text)
