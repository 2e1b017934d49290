"""Speed is measured against a floor in the same run and told as a ratio; no test asserts a time."""
