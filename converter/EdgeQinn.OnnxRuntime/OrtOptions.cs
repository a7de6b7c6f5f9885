namespace EdgeQinn.OnnxRuntime;

/// <summary>How a session runs. The defaults are the fairest for one stream on one core.</summary>
public sealed record OrtOptions
{
    /// <summary>Threads within an operator. With 1 everything runs on the caller's thread and there is no pool.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>Whether idle pool threads spin before they sleep; lower latency for the price of a core. No effect with one thread.</summary>
    public bool Spinning { get; init; }

    /// <summary>All graph optimisations, layout changes (NCHWc) included; otherwise none.</summary>
    public bool Optimise { get; init; } = true;

    internal nint Create()
    {
        const int allOptimisations = 99, noOptimisation = 0, sequential = 0;
        nint options = OrtApi.CreateSessionOptions();
        OrtApi.SetIntraOpThreads(options, Threads);
        OrtApi.SetInterOpThreads(options, 1);
        OrtApi.SetExecutionMode(options, sequential);
        OrtApi.SetGraphOptimization(options, Optimise ? allOptimisations : noOptimisation);
        OrtApi.AddConfig(options, "session.intra_op.allow_spinning\0"u8, Spinning ? "1\0"u8 : "0\0"u8);
        return options;
    }
}
