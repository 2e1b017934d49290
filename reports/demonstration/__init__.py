"""Demonstration data is made by the same services that people use, from a seed: the same seed gives the same data.

Every quarter is played with the clock set to its own days. The parameters stand in `fixtures/demonstration.yaml`.
"""

from reports.demonstration.generating import accounts, generate
from reports.demonstration.parameters import parameters

__all__ = ["accounts", "generate", "parameters"]
