using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using EdgeQinn.Runtime.Kernels;
using EdgeQinn.Runtime.Operators;
using Xunit;

namespace EdgeQinn.Runtime.Tests.Operators;

/// <summary>OPERATORS.md, the operator table and the kernel table tell the same.</summary>
public partial class OperatorsDocumentTests
{
    [Fact]
    public void The_document_lists_exactly_the_operators_there_are()
    {
        string[] documented = [.. File.ReadLines(Document()).Where(l => l.StartsWith("| ", StringComparison.Ordinal) && !l.StartsWith("| operator", StringComparison.Ordinal))
            .SelectMany(l => l.Split('|')[1].Split(',')).Select(n => n.Trim())];
        Assert.Equal(OperatorTable.All.Select(o => o.Name).Order(StringComparer.Ordinal), documented.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_document_lists_exactly_the_attributes_there_are()
    {
        string text = File.ReadAllText(Document());
        foreach (string line in text.Split('\n').Where(l => l.StartsWith("| ", StringComparison.Ordinal) && !l.StartsWith("| operator", StringComparison.Ordinal)))
        {
            string[] cells = line.Split('|');
            // Names outside of parentheses, which hold defaults and choices.
            string[] documented = [.. Quoted().Matches(Parenthesis().Replace(cells[3], "")).Select(m => m.Groups[1].Value)];
            foreach (string op in cells[1].Split(',').Select(n => n.Trim()))
            {
                Assert.Empty(documented.Except(OperatorAttributes.Of(op)));
                bool refers = cells[3].Contains("the same", StringComparison.Ordinal) || cells[3].Contains("below", StringComparison.Ordinal) || cells[3].Contains("as Conv", StringComparison.Ordinal);
                Assert.All(OperatorAttributes.Of(op).Except(documented), a => Assert.True(refers && text.Contains($"`{a}`", StringComparison.Ordinal), $"{op} has attribute {a}, which OPERATORS.md does not tell"));
            }
        }
    }

    [GeneratedRegex(@"\([^()]*\)")]
    private static partial Regex Parenthesis();

    [GeneratedRegex("`([A-Za-z_]+)`")]
    private static partial Regex Quoted();

    [Fact]
    public void Kernel_names_are_unique_and_each_family_has_a_reference()
    {
        var names = KernelTable.All.Select(f => f.Name).ToArray();
        Assert.Equal(names.Length, names.Distinct().Count());
        Assert.All(KernelTable.All, f => Assert.Equal(Isa.Scalar, f.Implementations[0]));
        Assert.All(names, n => Assert.Matches(Name(), n));
        Assert.All(KernelTable.All, f => Assert.NotEmpty(f.Contract));
    }

    [GeneratedRegex("^[a-z0-9_.]+$")]
    private static partial Regex Name();

    static string Document([CallerFilePath] string here = "") =>
        Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "..", "runtime", "EdgeQinn.Runtime", "Operators", "OPERATORS.md");
}
