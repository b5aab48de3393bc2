"""Bytes to `gateway.model.Message`: what a message says, before anyone asks what it means. Pure."""

from gateway.reading.reader import read

__all__ = ["read"]
