"""Tests that look at pages: a package, so that its browser ends with the last of them."""
