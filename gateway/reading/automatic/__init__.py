"""Whether a machine wrote it, and by which sign (RFC 3834 and what is in use beside it)."""
