"""`python -m sipas`: the application's commands."""

from sipas.cli import main

main()
