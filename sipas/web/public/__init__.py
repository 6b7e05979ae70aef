"""What anyone may read: the front page, published results, whether the server is well.

Results come from stored releases alone. Begin reading in `results`.
"""
