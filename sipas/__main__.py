"""`python -m sipas`: the application's commands."""

from sipas.commands.cli import main

main()
