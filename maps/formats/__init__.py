"""One small reading and writing interface per syntax; the engine knows records and places only through them."""
