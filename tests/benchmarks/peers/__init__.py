"""Other Python libraries for EDI, in an environment of their own: what they take for the same bytes."""
