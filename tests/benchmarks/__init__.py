"""Speed as ratios: each figure is measured against a floor or a peer in the same run. No test asserts a time."""
