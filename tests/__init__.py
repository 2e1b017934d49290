"""The suite: mirrors the apps, with contracts over the whole project and journeys through whole quarters."""
