"""`python -m gateway` is the `triage` command."""

from gateway.cli import main

if __name__ == "__main__":
    main()
