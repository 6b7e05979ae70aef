"""Measurements that anyone can repeat: bench/run."""
