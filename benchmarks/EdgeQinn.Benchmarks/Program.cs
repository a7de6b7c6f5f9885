using System.CommandLine;
using EdgeQinn.Benchmarks.Kernels;
using EdgeQinn.Benchmarks.Models;

return new RootCommand("EdgeQinn's benchmarks; benchmarks/README.md says how they measure.")
{
    ModelsCommand.Create(),
    Kernels("conv", "Measure the convolution kernels.", ConvSpeed.Run),
    Kernels("linear", "Measure linear and recurrent layers.", LinearSpeed.Run),
    Kernels("formats", "Measure layers in every format beside the dense ones.", FormatSpeed.Run),
    Kernels("compressed", "Measure the reference models with every layer in one format.", CompressedModels.Run),
    Kernels("batch", "Measure the reference models with several independent inputs at once.", BatchSpeed.Run),
}.Parse(args).Invoke();

static Command Kernels(string name, string description, Func<string[], int> run)
{
    var arguments = new Argument<string[]>("ARGUMENT") { Arity = ArgumentArity.ZeroOrMore };
    var command = new Command(name, description) { arguments };
    command.SetAction(parsed => run(parsed.GetRequiredValue(arguments)));
    return command;
}
