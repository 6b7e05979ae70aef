"""Citizens' free text as staff may read it, what was done about it, and the replies that citizens see.

What may be said beside a comment is decided in `numbers.comment_labels`. Begin reading in `listing`.
"""
