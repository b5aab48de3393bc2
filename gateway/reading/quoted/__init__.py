"""What the writer says anew, told from quotes, forwards, signatures and footers."""
