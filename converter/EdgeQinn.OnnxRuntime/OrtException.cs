namespace EdgeQinn.OnnxRuntime;

/// <summary>ONNX Runtime refused something, or is not there; the message is its own.</summary>
public sealed class OrtException(string message) : Exception(message);
