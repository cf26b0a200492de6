"""Long runs with real gateway processes: large files, and connections that are cut (`python -m tests.chaos [name ...]`)."""
