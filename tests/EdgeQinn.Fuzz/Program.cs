using EdgeQinn.Fuzz;
using EdgeQinn.Fuzz.Targets;

var options = Options.Parse(args);
Target[] all = [new EqnTarget(), new OnnxTarget(), new NpzTarget(), new MatTarget(), new WfdbTarget(), new CsvTarget(), new ContractTarget()];
Target[] targets = options.Target == "all" ? all : [.. all.Where(t => t.Name == options.Target)];
if (options.Help || options.Error is not null || targets.Length == 0)
{
    Console.WriteLine(options.Error ?? (targets.Length == 0 ? $"no target '{options.Target}'" : ""));
    Console.WriteLine(Options.Usage);
    return options.Help ? 0 : 2;
}

long passed = 0, failed = 0;
foreach (var target in targets)
{
    using var fuzzer = new Fuzzer(target, options);
    fuzzer.Run();
    (passed, failed) = (passed + fuzzer.Passed, failed + fuzzer.Failed);
}
Console.WriteLine($"{passed} passed, {failed} failed");
return failed == 0 ? 0 : 1;
