"""Tests of this room; see the package above."""
