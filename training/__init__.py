"""What the image models' trainings share: the handwritten digits to learn from, and those that are held out.

It runs on the machine that trains and is in no image.
"""
