"""Models of the ONNX standard, on the engines of the host."""
