using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Runtime.Streaming;

/// <summary>After each run from number <paramref name="FirstRun"/> on, output <paramref name="Output"/> of the hop's network becomes its input <paramref name="Input"/>.</summary>
/// <param name="Input">Index among the inputs.</param>
/// <param name="Output">Index among the outputs.</param>
/// <param name="FirstRun">Before it, what would be carried on comes from before the stream's start.</param>
/// <param name="Initial">What the input holds until then; zeros where null.</param>
sealed record StreamFeedback(int Input, int Output, long FirstRun, EncodedTensor? Initial);

/// <summary>The network that runs once per hop.</summary>
sealed record StreamGraph
{
    /// <summary>
    /// Inputs: the newest samples, the source's other inputs, states. Outputs: the source's, the window of samples where it was asked for, states. Names are the
    /// source's.
    /// </summary>
    public required ModelGraph Graph { get; init; }

    /// <summary>Samples in a window.</summary>
    public required int Length { get; init; }

    /// <summary>Samples of silence before the stream's first, so that the first window ends with a run.</summary>
    public required int Lead { get; init; }

    /// <summary>The first run, counted from 0, with a result.</summary>
    public required long FirstRun { get; init; }

    /// <summary>What is carried from run to run outside the operators.</summary>
    public required StreamFeedback[] Feedback { get; init; }

    /// <summary>The source's nodes in order, each with what becomes of it.</summary>
    public required IReadOnlyList<LayerStreaming> Layers { get; init; }

    /// <summary>Which input takes the newest samples.</summary>
    public required int SamplesInput { get; init; }

    /// <summary>How many of the outputs are the source's.</summary>
    public required int OutputCount { get; init; }
}
