"""Tests mirror the packages; properties, interop, acceptance and benchmarks lie beside them."""
