"""Libraries that compute a model, each called through its C interface: no framework, no NumPy.

One shape for all, so that who knows one knows the others:

    session = litert.Session("model.tflite")     # or onnxruntime, xgboost, lightgbm
    session.inputs, session.outputs              # name, element and shape of each
    [answer] = session.run([Tensor.of("float32", (1, 4), numbers)])
    answer.numbers, answer.shape

What goes wrong is a `Failed`. A folder imports the one that it needs: nothing here imports another runtime.
"""
