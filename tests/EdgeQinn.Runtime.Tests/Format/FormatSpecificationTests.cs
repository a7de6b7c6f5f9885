using System.Runtime.CompilerServices;
using System.Text;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Weights;
using EdgeQinn.Testing.Format;
using Xunit;

namespace EdgeQinn.Runtime.Tests.Format;

public sealed class FormatSpecificationTests
{
    [Fact]
    public void The_example_in_FORMAT_md_is_what_the_writer_makes()
    {
        string dump = HexDump(EqnWriter.ToArray(SampleFiles.Tiny()));
        Assert.True(File.ReadAllText(Specification()).Contains(dump, StringComparison.Ordinal), $"FORMAT.md wants this example:\n{dump}");
    }

    [Fact]
    public void FORMAT_md_lists_every_element_type()
    {
        string text = File.ReadAllText(Specification());
        foreach (var type in Enum.GetValues<ElementType>())
            Assert.Matches($@"\| {type.ToString().ToLowerInvariant()}( \(0 or 1\))? \| {(int)type} \| {type.Size()} \|", text);
    }

    [Fact]
    public void FORMAT_md_lists_every_encoding()
    {
        string text = File.ReadAllText(Specification());
        foreach (string name in WeightEncodings.Names) Assert.Contains($"\n| `{name}` |", text);
    }

    static string Specification([CallerFilePath] string here = "") =>
        Path.Combine(Path.GetDirectoryName(here)!, "../../../runtime/EdgeQinn.Runtime/Format/FORMAT.md");

    static string HexDump(byte[] bytes)
    {
        var text = new StringBuilder();
        for (int i = 0; i < bytes.Length; i += 16)
        {
            byte[] row = bytes[i..Math.Min(i + 16, bytes.Length)];
            string hex = string.Join(' ', row.Select(b => b.ToString("x2")));
            string ascii = string.Concat(row.Select(b => b is >= 0x20 and < 0x7F ? (char)b : '.'));
            text.Append($"{i:x4}  {hex,-47}  {ascii}".TrimEnd()).Append('\n');
        }
        return text.ToString();
    }
}
