"""Libraries that run models, each called through its C interface, without its framework and without NumPy.

All have the same interface:

    session = litert.Session("model.tflite")     # or onnxruntime, xgboost, lightgbm
    session.inputs, session.outputs              # name, element type and shape of each
    [answer] = session.run([Tensor.of("float32", (1, 4), numbers)])
    answer.numbers, answer.shape

Errors are raised as `Failed`. A folder imports the runtime it needs; no runtime imports another.
"""
