"""Maps between transaction sets and canonical documents: one declaration, both directions."""
