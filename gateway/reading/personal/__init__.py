"""Personal identifiers: found, and masked before a text leaves."""
