"""--dev: a folder's handler on this machine, without a container, made anew after each save."""
