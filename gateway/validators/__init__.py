"""Transaction sets that `edi` has no grammar for, judged by other libraries behind the same findings."""
