using System.Reflection;
using EdgeQinn.Arm64Tests;

// Runs test assemblies without the test host, which emulators cannot carry: one self-contained file, for qemu or a board.
var options = Options.Parse(args);
if (options.Error is { } error)
{
    Console.Error.WriteLine(error);
    Console.Error.WriteLine(Options.Usage);
    return 2;
}
if (options.Help)
{
    Console.WriteLine(Options.Usage);
    return 0;
}

Assembly[] assemblies = [typeof(Options).Assembly, Assembly.Load("EdgeQinn.Runtime.Tests")];
var runner = new TestRunner(options, Console.Out);
foreach (var assembly in assemblies) runner.Run(assembly);
return runner.Report();
