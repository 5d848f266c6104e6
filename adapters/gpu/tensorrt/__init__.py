"""Run ONNX models by TensorRT itself, each in a process of its own."""
