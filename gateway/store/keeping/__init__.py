"""What the store forgets when its time is over, how it finds its own faults, and how it is copied and brought back."""
