"""The story that `gateway demo` tells: a hub, a retailer, a 3PL and an API partner on free local ports."""
