"""Content that may not be kept says why, in words for the person who sent it."""


class NotAccepted(Exception):
    """The file or address may not be kept; the message says why and what to do about it."""
