"""The columns of the model, in the order in which a row holds them."""

COLUMNS: list[dict[str, str]] = [
    {"name": "CRIM", "description": "Crimes per person in the town"},
    {
        "name": "ZN",
        "description": "Residential land zoned for lots over 25,000 sq. ft., in percent",
    },
    {"name": "INDUS", "description": "Non-retail business acres in the town, in percent"},
    {"name": "CHAS", "description": "1 if the tract bounds the Charles River, else 0"},
    {"name": "NOX", "description": "Nitric oxides, in parts per 10 million"},
    {"name": "RM", "description": "Rooms per dwelling, on average"},
    {"name": "AGE", "description": "Owner-occupied units built before 1940, in percent"},
    {"name": "DIS", "description": "Weighted distance to five employment centres"},
    {"name": "RAD", "description": "Index of access to radial highways"},
    {"name": "TAX", "description": "Property tax per $10,000"},
    {"name": "PTRATIO", "description": "Pupils per teacher in the town"},
    {"name": "B", "description": "A racist statistic; the README says why it is still here"},
    {"name": "LSTAT", "description": "Population counted as lower status, in percent"},
]
WIDTH = len(COLUMNS)

# Examples for the page, keyed by title.
EXAMPLES = {
    "Large homes, few crimes": {
        "input_X": [0.01501, 90, 1.21, 1, 0.401, 7.923, 24.8, 5.885, 1, 198, 13.6, 395.52, 3.16]
    },
    "By the river, close to work": {
        "input_X": [3.32105, 0, 19.58, 1, 0.871, 5.403, 100, 1.3216, 5, 403, 14.7, 396.9, 26.82]
    },
    "Two homes, one of unknown age": {
        "input_X": [
            [0.00632, 18, 2.31, 0, 0.538, 6.575, 65.2, 4.09, 1, 296, 15.3, 396.9, 4.98],
            [0.02731, 0, 7.07, 0, 0.469, 6.421, None, 4.9671, 2, 242, 17.8, 396.9, 9.14],
        ]
    },
}
