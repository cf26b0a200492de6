"""Maps as generated Python: the short way for data without faults. The interpreted engine in `maps.run` is the long way, and the judge."""
