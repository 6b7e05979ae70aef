"""The commands: `bin/sipas …` and `bin/serve`.

They ask, print and leave; what they do is done by the packages below. Begin reading in `cli`.
"""
