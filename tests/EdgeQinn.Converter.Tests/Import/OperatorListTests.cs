using System.Text;
using EdgeQinn.Converter.Import;
using Xunit;

namespace EdgeQinn.Converter.Tests.Import;

/// <summary>ONNX.md is generated from the adapters, and current.</summary>
public class OperatorListTests
{
    static string Generate()
    {
        var text = new StringBuilder("""
            # ONNX operators

            Generated from the adapters by `OperatorListTests`; opsets as in the default domain. Element types and attributes are those of the runtime's operators
            ([OPERATORS.md](../runtime/EdgeQinn.Runtime/Operators/OPERATORS.md)). Inputs in the last column decide shapes: they must be constants, follow from
            constants and shapes, or be bound with `--const`.

            | operator | opsets | inputs known at conversion |
            |---|---|---|

            """);
        foreach (var adapters in AdapterTable.All.GroupBy(a => a.Operator).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            var inputs = adapters.SelectMany(a => a.ConstantInputs).Distinct().Order();
            text.AppendLine($"| {adapters.Key} | {adapters.Min(a => a.From)}–{adapters.Max(a => a.To)} | {string.Join(", ", inputs)} |");
        }
        return text.ToString().ReplaceLineEndings("\n");
    }

    [Fact]
    public void The_list_of_operators_is_current()
    {
        string expected = Generate();
        string committed = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "ONNX.md")).ReplaceLineEndings("\n");
        string written = Path.Combine(AppContext.BaseDirectory, "ONNX.current.md");
        if (expected != committed) File.WriteAllText(written, expected);
        Assert.True(expected == committed, $"converter/ONNX.md is out of date; copy {written} over it");
    }

    [Fact]
    public void No_two_adapters_of_an_operator_overlap()
    {
        foreach (var adapters in AdapterTable.All.GroupBy(a => a.Operator))
        {
            var ordered = adapters.OrderBy(a => a.From).ToArray();
            Assert.All(ordered.Zip(ordered.Skip(1)), pair => Assert.True(pair.First.To < pair.Second.From, adapters.Key));
        }
    }
}
