"""What the exports of picture models share: reading the chosen weights, and comparing the export with the framework.

It runs while an image is built, and is not part of the image.
"""
