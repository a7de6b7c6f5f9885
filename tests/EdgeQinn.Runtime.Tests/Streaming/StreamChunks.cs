namespace EdgeQinn.Runtime.Tests.Streaming;

/// <summary>Signals in chunks of random sizes, and numbers compared.</summary>
static class StreamChunks
{
    /// <summary>A signal (channels interleaved) cut into chunks of one to thousands of samples.</summary>
    public static IEnumerable<ReadOnlyMemory<float>> Of(float[] signal, int channels, Random random)
    {
        int most = 1 << random.Next(0, 13);
        for (int at = 0; at < signal.Length;)
        {
            int count = Math.Min(random.Next(1, most + 1) * channels, signal.Length - at);
            yield return signal.AsMemory(at, count);
            at += count;
        }
    }

    public static void AssertClose(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, float tolerance, string what)
    {
        Xunit.Assert.True(expected.Length == actual.Length, $"{actual.Length} numbers, expected {expected.Length}: {what}");
        for (int i = 0; i < expected.Length; i++)
            Xunit.Assert.True(MathF.Abs(expected[i] - actual[i]) <= tolerance * (1 + MathF.Abs(expected[i])), $"element {i} is {actual[i]}, expected {expected[i]}: {what}");
    }
}
