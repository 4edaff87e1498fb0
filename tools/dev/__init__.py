"""--dev: a folder's handler on this machine, without a container, reloaded after each save."""
