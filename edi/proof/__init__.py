"""The short way of validation: a set that is right is proven as it stands; what is not proven, the long way looks at."""
