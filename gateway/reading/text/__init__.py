"""Parts to the text a person sees, whatever form it came in."""
