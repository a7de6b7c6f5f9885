using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Graph;

/// <summary>Attributes as values: copies and comparison keys.</summary>
static class Attributes
{
    /// <summary>A copy to add to.</summary>
    public static AttributeMap Copy(this AttributeMap attributes)
    {
        var copy = new AttributeMap();
        foreach (var (name, value) in attributes)
        {
            switch (value)
            {
                case ImmutableArray<long> integers: copy.Add(name, integers.AsSpan()); break;
                case ImmutableArray<float> floats: copy.Add(name, floats.AsSpan()); break;
                case string text: copy.Add(name, text); break;
            }
        }
        return copy;
    }

    /// <summary>Equal for equal attributes alone.</summary>
    public static string Key(this AttributeMap attributes)
    {
        var key = new StringBuilder();
        foreach (var (name, value) in attributes)
        {
            key.Append(name).Append('=');
            switch (value)
            {
                case ImmutableArray<long> integers: key.Append('i').AppendJoin(',', integers); break;
                case ImmutableArray<float> floats: key.Append('f').AppendJoin(',', floats.Select(f => BitConverter.SingleToInt32Bits(f).ToString(CultureInfo.InvariantCulture))); break;
                case string text: key.Append('s').Append(text.Length).Append(':').Append(text); break;
            }
            key.Append(';');
        }
        return key.ToString();
    }
}
