"""Libraries that run models, each called through its C interface, without its framework and without NumPy.

All have the same interface:

    session = litert.Session("model.tflite")     # or onnxruntime, xgboost, lightgbm, catboost
    session.inputs, session.outputs              # name, element type and shape of each
    [answer] = session.run([Tensor.of("float32", (1, 4), numbers)])
    answer.numbers, answer.shape

Errors are raised as `Failed`. A folder imports the runtime it needs. CatBoost's trees run in ONNX Runtime; apart from
that, no runtime imports another.
"""
