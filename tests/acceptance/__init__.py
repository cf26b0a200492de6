"""Whole gateways as processes of their own: the demo, the wheel, and kill -9."""
