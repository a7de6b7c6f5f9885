using System.Runtime.CompilerServices;
using Xunit;

namespace EdgeQinn.Conformance.Tests;

/// <summary>The table of refusals in converter/ONNX.md is the one these tests run by. With <c>EDGEQINN_WRITE_DOCS=1</c> the test writes it.</summary>
public class RefusalTableTests
{
    [Fact]
    public void The_table_of_refusals_is_current()
    {
        string document = File.ReadAllText(Document()).ReplaceLineEndings("\n");
        int at = document.IndexOf("## Refused", StringComparison.Ordinal);
        Assert.True(at > 0, "converter/ONNX.md has no table of refusals");
        if (Environment.GetEnvironmentVariable("EDGEQINN_WRITE_DOCS") == "1") File.WriteAllText(Document(), document = document[..at] + RefusedCases.Table());
        Assert.Equal(RefusedCases.Table(), document[at..]);
    }

    static string Document([CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "converter", "ONNX.md");
}
