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
