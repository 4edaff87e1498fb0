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
from sklearn.ensemble import (
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    VotingClassifier,
)
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

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
    {
        "tenure": [5, None, 9],
        "monthly charge": [40.0, 60.0, 50.0],
        "plan": ["pro", "basic", "pro"],
        "town": ["?", "Bern", None],
    }
)
np.save(folder / "wanted.npy", classifier.predict_proba(unseen))

# As people have it: whole numbers and truths as categories, gaps everywhere, a search, a vote.
table["region"], table["active"] = chance.integers(1, 5, 200), chance.random(200) < 0.5
table["seen"] = 19700 + chance.integers(0, 120, 200)
table.loc[::9, ["monthly charge", "town"]] = np.nan
leaves = np.where((table["tenure"] < 20) ^ (table["region"] == 2) ^ (table["seen"] > 19750), "leaves", "stays")
dense = {"handle_unknown": "ignore", "sparse_output": False}
usual = ColumnTransformer(
    [
        ("numbers", SimpleImputer(), ["tenure", "monthly charge", "seen"]),
        ("town", make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(**dense)), ["town"]),
        ("plan", OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1), ["plan"]),
        ("codes", OneHotEncoder(**dense), ["region"]),
        ("truths", OneHotEncoder(), ["active"]),
    ]
)
vote = VotingClassifier(
    [
        ("trees", make_pipeline(usual, HistGradientBoostingClassifier(max_iter=10))),
        ("lines", make_pipeline(usual, StandardScaler(), LogisticRegression())),
    ],
    voting="soft",
)
search = GridSearchCV(vote, {"trees__histgradientboostingclassifier__max_iter": [9, 10]}, cv=2).fit(table, leaves)
joblib.dump(search, folder / "usual.joblib")
row = {"tenure": 5, "monthly charge": 40.0, "plan": "pro", "town": "Bern", "region": 2, "active": True, "seen": 19751}
changes = [{}, {"town": None}, {"town": "?"}, {"plan": "?"}, {"region": 9}, {"region": -1}, {"seen": 0}]
changes += [{"tenure": 1e6}, {"monthly charge": None}, {"region": 3, "active": False}]
rows = [row | change for change in changes]
pd.DataFrame(rows).to_json(folder / "usual.json", orient="records")
given = pd.DataFrame(rows).fillna(np.nan)[search.feature_names_in_]
np.save(folder / "usual.npy", search.predict_proba(given))

notes = [f"{one} {other}" for one in ("good", "Größe", "never") for other in ("enough", "bad", "fine")]
words = make_pipeline(TfidfVectorizer(ngram_range=(1, 2)), LogisticRegression()).fit(notes, ["yes", "no", "no"] * 3)
joblib.dump(words, folder / "words.joblib")
np.save(folder / "words.npy", words.predict_proba(["GRÖSSE größe, enough!", "", "x 1 unheard-of never bad"]))
categorical = HistGradientBoostingClassifier(categorical_features=[0]).fit(table[["region", "tenure"]], leaves)
joblib.dump(categorical, folder / "categorical.joblib")
seconds = table[["seen"]] * 60 + 1.7e9
joblib.dump(HistGradientBoostingClassifier().fit(seconds, leaves), folder / "seconds.joblib")
