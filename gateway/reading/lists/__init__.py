"""Which list a message came by (RFC 2919, RFC 2369), and what the list asks of its members."""
