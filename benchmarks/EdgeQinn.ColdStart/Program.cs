using System.Diagnostics;
using EdgeQinn.OnnxRuntime;
using EdgeQinn.Runtime.Execution;

// The least program that loads a model and gets one result, the same for both sides: published with NativeAOT and started by the whole-model
// benchmark, which hands over the clock it read before. Prints µs since then, the peak of resident memory in kB, and the result's first element.
if (args is not [var engine and ("edgeqinn" or "onnxruntime"), var path, var startTicks])
{
    Console.Error.WriteLine("usage: EdgeQinn.ColdStart edgeqinn|onnxruntime MODEL START-TICKS");
    return 2;
}
float first = engine == "edgeqinn" ? RunEdgeQinn(path) : RunOnnxRuntime(path);
long elapsed = Stopwatch.GetTimestamp() - long.Parse(startTicks);
Console.WriteLine(FormattableString.Invariant($"{elapsed * 1e6 / Stopwatch.Frequency:F0} {PeakResidentKilobytes()} {first}"));
return 0;

static float RunEdgeQinn(string path)
{
    using var model = Model.Load(path);
    using var session = model.CreateSession();
    session.Run();
    return session.Outputs[0].AsSpan<float>()[0];
}

static float RunOnnxRuntime(string path)
{
    using var session = OrtSession.Open(path);
    using var binding = session.Bind();
    binding.Run();
    return binding.Outputs[0].AsSpan<float>()[0];
}

static string PeakResidentKilobytes()
{
    foreach (string line in File.ReadLines("/proc/self/status"))
        if (line.StartsWith("VmHWM:", StringComparison.Ordinal)) return line["VmHWM:".Length..^"kB".Length].Trim();
    return "0";
}
