"""What the image models' exports share: reading what was chosen, and holding what is served to the framework.

It runs while an image is built and is not in the image.
"""
