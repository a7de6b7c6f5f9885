using System.Text;
using EdgeQinn.Runtime.Format;
using Xunit;

namespace EdgeQinn.Runtime.Tests.Format;

public sealed class StreamRuleTests
{
    const string Rule = """{"version": 1, "mode": "continuous", "input": "x", "axis": 2, "hop": 16}""";

    [Fact]
    public void Every_field_survives_writing_and_reading()
    {
        var rule = StreamRule.Parse(Encoding.UTF8.GetBytes(Rule));
        Assert.Equal(new StreamRule(StreamMode.Continuous, "x", 2, 16), rule);
        Assert.Equal(rule, StreamRule.Parse(rule.ToJson()));
    }

    [Theory]
    [InlineData("\"version\": 1", "\"version\": 2", "version 1")]
    [InlineData("\"continuous\"", "\"sliding\"", "must be one of windows, continuous")]
    [InlineData("\"hop\": 16", "\"hop\": 0", "'hop' is 0")]
    [InlineData("\"axis\": 2", "\"axis\": -1", "'axis' is -1")]
    [InlineData("\"hop\": 16", "\"hop\": 16, \"lead\": 1", "'lead' is not known")]
    [InlineData(", \"hop\": 16", "", "'hop' is missing")]
    [InlineData("{", "[", "JSON")]
    public void What_is_wrong_is_named(string from, string to, string message) =>
        Assert.Contains(message, Assert.Throws<GraphException>(() => StreamRule.Parse(Encoding.UTF8.GetBytes(Rule.Replace(from, to, StringComparison.Ordinal)))).Message, StringComparison.Ordinal);
}
