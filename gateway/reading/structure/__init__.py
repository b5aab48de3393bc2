"""Bytes to parts, header fields and decoded text: MIME, character sets, addresses, dates."""
