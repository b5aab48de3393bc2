"""Triage Gateway: mail in, understood, filed, answered; and the all-clear when it is over."""

__version__ = "0.1.0"
