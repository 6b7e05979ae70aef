"""What goes out: alerts and their rules, digests, subscriptions, and the outbox that delivers them once.

Begin reading in `alerts` and `outbox`.
"""
