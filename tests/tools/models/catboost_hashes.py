"""Prints 3,000 random texts of 0 to 200 letters with the hashes that CatBoost has for them, where CatBoost is."""
# mypy: ignore-errors

import ast
import json
import random
import tempfile
from pathlib import Path

from catboost import CatBoostRegressor, Pool

chance = random.Random(0)
LETTERS = ["abcdefXYZ 0123456789-_", "äöüé漢字ñ🙂Ж"]
texts = {"".join(chance.choices(LETTERS[at % 2], k=at % 201)) for at in range(3200)}
data = Pool([[text] for text in texts], [at % 7 for at in range(len(texts))], cat_features=[0])
model = CatBoostRegressor(iterations=1, depth=1, verbose=0, allow_writing_files=False).fit(data)
with tempfile.TemporaryDirectory() as folder:
    file = Path(folder, "model.py")
    model.save_model(str(file), format="python", pool=data)
    # A byte that is no letter of ASCII is escaped by itself.
    _, _, after = file.read_text(encoding="latin1").partition("cat_features_hashes = ")
    hashes = ast.literal_eval(after[: after.index("}\n") + 1])
print(json.dumps({text.encode("latin1").decode(): number for text, number in hashes.items()}))
