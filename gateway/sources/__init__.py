"""Where the hub leaves documents for us, beside the API: one module each, behind the Protocol of `base`."""
