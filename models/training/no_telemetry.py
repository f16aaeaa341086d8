"""Switches off ONNX Runtime's telemetry. Import this before `onnxruntime`.

The official builds (1.30) look at the environment while they are loaded, and have no call for it.
"""
import os

os.environ["ORT_DISABLE_TELEMETRY"] = "1"
