using System.Globalization;
using EdgeQinn.Runtime.Diagnostics;
using EdgeQinn.Runtime.Execution;

// The program whose instructions are counted: prints a model's layers, each with its steps, then runs all steps, or some, as often as it is
// told. Everything is compiled by the first run, so two counts differ by the inferences alone.
if (args.Length is not (2 or 4) || !args[1..].All(a => int.TryParse(a, CultureInfo.InvariantCulture, out int value) && value >= 0))
{
    Console.Error.WriteLine("usage: EdgeQinn.Arm64Count MODEL.eqn TIMES [FIRST-STEP STEPS]");
    return 2;
}
int[] numbers = [.. args[1..].Select(a => int.Parse(a, CultureInfo.InvariantCulture))];
using var model = Model.Load(args[0]);
using var session = model.CreateSession();
var random = new Random(1);
foreach (var input in session.Inputs)
    foreach (ref float x in input.AsSpan<float>()) x = 2 * random.NextSingle() - 1;
session.Run();

var report = ModelReport.Of(model);
for (int n = 0, first = 0; n < report.Nodes.Length; n++)
{
    var node = report.Nodes[n];
    int steps = report.Steps.Count(s => s.Node == n);
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"layer\t{n}\t{first}\t{steps}\t{node.MultiplyAdds}\t{node.Operator}\t{node.Name}\t{string.Join(", ", node.Kernels)}"));
    first += steps;
}

var (from, to) = numbers is [_, int start, int count] ? (start, start + count) : (0, report.Steps.Length);
for (int step = 0; step < from; step++) session.RunStep(step); // later steps may have overwritten what these read
for (int i = 0; i < numbers[0]; i++)
    for (int step = from; step < to; step++) session.RunStep(step);
return 0;
