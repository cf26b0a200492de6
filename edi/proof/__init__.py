"""The short way of validation: a set that is right is proven as it stands. What a pattern or the table does not prove, the long way looks at."""
