"""What makes reading or writing impossible. Faults in the data are findings; any other exception is a bug."""

__all__ = ["EdiError", "GrammarError", "NoInterchangeError", "WriteError"]


class EdiError(Exception):
    """Cannot go on. Its text is fixed words, never the partner's data."""


class NoInterchangeError(EdiError):
    """There is no ISA, UNA or UNB at the beginning: these bytes are no interchange."""


class GrammarError(EdiError):
    """A grammar or guide file is wrong or ambiguous; the text names the file and the place."""


class WriteError(EdiError):
    """What was asked to be written cannot stand in an interchange (a separator in data, a missing header field)."""
