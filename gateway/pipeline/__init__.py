"""The road of a message: receive, inbound, outbound, deliver, and the worker that claims each step."""
