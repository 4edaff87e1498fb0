"""What the trainings of picture models share: the handwritten digits to train with, and those that are held out.

It runs on the machine that trains, and is in no image.
"""
