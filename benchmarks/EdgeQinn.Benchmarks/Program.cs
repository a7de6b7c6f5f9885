using System.CommandLine;
using EdgeQinn.Benchmarks.Arm64;
using EdgeQinn.Benchmarks.Compression;
using EdgeQinn.Benchmarks.Kernels;
using EdgeQinn.Benchmarks.Models;
using EdgeQinn.Benchmarks.Streaming;
using EdgeQinn.Benchmarks.Suites;

return new RootCommand("EdgeQinn's benchmarks; benchmarks/README.md says how they measure.")
{
    ModelsCommand.Create(),
    KernelsCommand.Create(),
    Kernels("goals", "Measure every speed this project promises; FILE.md to write the table to.", Goals.Run),
    InstructionsCommand.Create(),
    CompressionCommand.Create(),
    Kernels("conv", "Measure the convolution kernels.", ConvSpeed.Run),
    Kernels("linear", "Measure linear and recurrent layers.", LinearSpeed.Run),
    Kernels("formats", "Measure layers in every format beside the dense ones.", FormatSpeed.Run),
    Kernels("overhead", "Measure what a plan step costs beyond its kernel.", StepOverhead.Run),
    Kernels("gemm", "Measure one large layer of two tensor-train cores beside the dense one in ONNX Runtime.", SingleGemm.Run),
    Kernels("compressed", "Measure the reference models with every layer in one format.", CompressedModels.Run),
    Kernels("batch", "Measure the reference models with several independent inputs at once.", BatchSpeed.Run),
    Kernels("stream", "Measure a hop of a stream beside running its window.", StreamSpeed.Run),
}.Parse(args).Invoke();

static Command Kernels(string name, string description, Func<string[], int> run)
{
    var arguments = new Argument<string[]>("ARGUMENT") { Arity = ArgumentArity.ZeroOrMore };
    var command = new Command(name, description) { arguments };
    command.SetAction(parsed => run(parsed.GetRequiredValue(arguments)));
    return command;
}
