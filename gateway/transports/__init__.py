"""The ways to and from partners: one module each, behind the Protocol of `base`."""
