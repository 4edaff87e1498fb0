"""The network, and the facts that the build recorded about it. The export uses only this package of app."""
