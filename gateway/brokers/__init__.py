"""How the brokers are spoken with, for sinks and sources alike: a connection that is made when it is needed, and what its faults mean."""
