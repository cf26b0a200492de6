UNUSED: dict[str, str] = {}
