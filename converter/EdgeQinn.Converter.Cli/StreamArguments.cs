using System.CommandLine;
using System.Globalization;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Cli;

/// <summary>The options that ask for a network over a stream.</summary>
sealed class StreamArguments
{
    readonly Option<bool> _stream = new("--stream")
    {
        Description = "Share what overlapping windows have in common: every result stays the network's on its window, and costs the new samples only. Says what is shared, what is not and why.",
    };

    readonly Option<bool> _continuous = new("--continuous")
    {
        Description = "With --stream: one network over the whole stream instead; padding stands at its start only, recurrent layers carry their state on.",
    };

    readonly Option<int?> _hop = new("--hop") { Description = "With --stream: samples from one result to the next (default: the contract's).", HelpName = "N" };

    readonly Option<string?> _input = new("--stream-input")
    {
        Description = "With --stream: the input that the stream feeds and its time axis (default: the contract's samples, the longest axis).", HelpName = "NAME=AXIS",
    };

    public void AddTo(Command command)
    {
        command.Options.Add(_stream);
        command.Options.Add(_continuous);
        command.Options.Add(_hop);
        command.Options.Add(_input);
    }

    /// <exception cref="UsageException">Options that do not go together, or not of their form.</exception>
    public StreamRequest? Read(ParseResult parsed)
    {
        int? hop = parsed.GetValue(_hop);
        string? input = parsed.GetValue(_input), name = null;
        int? axis = null;
        if (!parsed.GetValue(_stream))
        {
            if (parsed.GetValue(_continuous) || hop is not null || input is not null) throw new UsageException("--continuous, --hop and --stream-input go with --stream");
            return null;
        }
        if (hop is < 1) throw new UsageException($"--hop {hop}: at least one sample");
        if (input is not null)
        {
            int at = input.LastIndexOf('=');
            name = at < 0 ? input : input[..at];
            if (at >= 0) axis = int.TryParse(input.AsSpan(at + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int given) ? given : throw new UsageException($"--stream-input {input}: expected NAME=AXIS");
        }
        return new StreamRequest(parsed.GetValue(_continuous) ? StreamMode.Continuous : StreamMode.Windows, hop, name, axis);
    }
}
