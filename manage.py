#!/usr/bin/env python3
"""Runs Django's commands with the settings that DJANGO_SETTINGS_MODULE names, development by default."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.development")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
