"""Rollouts that judge themselves: what deploy/canary and deploy/bluegreen are made of.

Python 3.11 and kubectl, nothing else. `judge` decides from figures alone, `engine` runs lists of phases that can each be repeated, `canary`
and `bluegreen` are such lists, and `kubectl` is the only door to the cluster.
"""
