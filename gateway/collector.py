"""The garbage collector of a process that serves."""

import gc

__all__ = ["let_it_rest"]


def let_it_rest() -> None:
    """What is there when a process begins to serve stays (code, schema, grammars), so it is never looked at again; and messages are made
    of objects that go by themselves, so cycles are looked for after ten thousand new ones and not after seven hundred.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)
