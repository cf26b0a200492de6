"""Reading in processes of their own, beside the one that serves: reading computes, and one interpreter computes one thing at a time."""
