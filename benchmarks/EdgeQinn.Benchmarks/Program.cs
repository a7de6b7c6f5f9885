using System.CommandLine;
using EdgeQinn.Benchmarks.Kernels;
using EdgeQinn.Benchmarks.Models;

var convolutionArguments = new Argument<string[]>("ARGUMENT") { Arity = ArgumentArity.ZeroOrMore };
var convolution = new Command("conv", "Measure the convolution kernels.") { convolutionArguments };
convolution.SetAction(parsed => ConvSpeed.Run(parsed.GetRequiredValue(convolutionArguments)));

return new RootCommand("EdgeQinn's benchmarks; benchmarks/README.md says how they measure.") { ModelsCommand.Create(), convolution }.Parse(args).Invoke();
