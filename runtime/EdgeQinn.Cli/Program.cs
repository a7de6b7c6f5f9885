using EdgeQinn.Cli;
using EdgeQinn.Cli.Output;

return EntryPoint.Run(args, StandardStreams.Out, StandardStreams.Error);
