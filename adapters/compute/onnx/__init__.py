"""Run ONNX models on the host: ONNX Runtime, and the reference evaluator of the standard."""
