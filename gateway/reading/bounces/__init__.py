"""Which letters came back, to whom and why (RFC 3464 and free text)."""
