"""The shared corpus: real documents out of public repositories, beside this repository and not part of it."""
