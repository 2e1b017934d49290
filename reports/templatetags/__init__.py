"""Template filters that only the working pages need."""
