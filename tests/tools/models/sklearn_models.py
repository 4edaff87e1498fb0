"""Writes models of scikit-learn, in an environment that has it: python sklearn_models.py FOLDER"""
# mypy: ignore-errors

import pickle
import sys
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import skops.io
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import GradientBoostingRegressor, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

folder = Path(sys.argv[1])
chance = np.random.default_rng(0)
table = pd.DataFrame(
    {
        "tenure": chance.integers(0, 60, 200),
        "monthly charge": chance.normal(50, 10, 200),
        "plan": chance.choice(["basic", "plus", "pro"], 200),
        "town": chance.choice(["Bern", "Köln"], 200),
    }
)
leaves = np.where((table["tenure"] < 20) & (table["plan"] != "pro"), "leaves", "stays")
mixed = ColumnTransformer(
    [
        ("numbers", make_pipeline(SimpleImputer(), StandardScaler()), ["tenure", "monthly charge"]),
        ("plan", OneHotEncoder(), ["plan"]),
        ("town", OneHotEncoder(handle_unknown="ignore"), ["town"]),
    ]
)
classifier = make_pipeline(mixed, LogisticRegression()).fit(table, leaves)
joblib.dump(classifier, folder / "mixed.joblib")
skops.io.dump(
    make_pipeline(mixed, GradientBoostingRegressor(n_estimators=5)).fit(table, table["tenure"]), folder / "m.skops"
)
numbers = table[["tenure", "monthly charge"]].to_numpy()
with (folder / "forest.pkl").open("wb") as file:
    pickle.dump(RandomForestClassifier(5, random_state=0).fit(numbers, leaves), file)
unseen = pd.DataFrame(
    {"tenure": [5, None], "monthly charge": [40.0, 60.0], "plan": ["pro", "basic"], "town": ["?", "Bern"]}
)
np.save(folder / "wanted.npy", classifier.predict_proba(unseen))
