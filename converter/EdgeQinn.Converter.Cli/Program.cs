using System.CommandLine;
using EdgeQinn.Converter.Cli;

var root = new RootCommand("Converts trained ONNX networks to .eqn files for the EdgeQinn runtime.") { ConvertCommand.Create(), CompressCommand.Create(), VerifyCommand.Create(), DiffCommand.Create() };
return Cli.Run(root, args);
