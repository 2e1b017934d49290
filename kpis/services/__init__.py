"""Every change to indicators, accepted figures, roll-ups and publications."""
