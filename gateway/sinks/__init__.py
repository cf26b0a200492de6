"""The ways to the hub: one module each, behind the Protocol of `base`."""
