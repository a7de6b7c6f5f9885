using System.Text.Json;

namespace EdgeQinn.Runtime.Streaming;

/// <summary>What becomes of one layer of a network over windows when it runs over a stream.</summary>
/// <param name="Name">The layer.</param>
/// <param name="Operator">Its operator.</param>
/// <param name="IsStreamed">Whether it keeps what it computed for earlier samples; otherwise it runs whole at every hop.</param>
/// <param name="Columns">Columns along time in a window; 0 where the result has no time axis any more, or never had.</param>
/// <param name="HopColumns">Columns that are computed per hop.</param>
/// <param name="WindowMultiplyAdds">Multiply-adds of the layer over a window, by its definition.</param>
/// <param name="HopMultiplyAdds">Multiply-adds per hop.</param>
/// <param name="Reason">Why it, and what follows it, is recomputed, where this is the layer at which sharing ends; else null.</param>
public sealed record LayerStreaming(
    string Name, string Operator, bool IsStreamed, int Columns, int HopColumns, long WindowMultiplyAdds, long HopMultiplyAdds, string? Reason)
{
    /// <summary>Writes it as an object.</summary>
    public void WriteJson(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("name", Name);
        json.WriteString("operator", Operator);
        json.WriteBoolean("streamed", IsStreamed);
        json.WriteNumber("columns", Columns);
        json.WriteNumber("hopColumns", HopColumns);
        json.WriteNumber("windowMultiplyAdds", WindowMultiplyAdds);
        json.WriteNumber("hopMultiplyAdds", HopMultiplyAdds);
        if (Reason is { } reason) json.WriteString("reason", reason);
        json.WriteEndObject();
    }
}
