using EdgeQinn.Devices.Sources;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Streaming;

namespace EdgeQinn.Devices.Examples;

/// <summary>
/// A network over a stream without windows of one's own: every chunk of samples goes in as it comes, a result comes out every hop, and costs the new samples only.
/// The state is kept in a file, so that the next start goes on where this one ended. MODEL.eqn is made by <c>edgeqinn-convert convert … --stream</c>.
/// </summary>
static class NetworkOverStream
{
    public static void Run(string path, string source)
    {
        using var model = StreamModel.Load(path);
        using StreamSession session = model.CreateSession();
        string state = $"{path}.state";
        if (File.Exists(state)) Restore(session, state);

        using ISampleSource samples = SourceCatalog.Open(source);
        var block = new SampleBlock(samples.Info.Channels.Count, capacity: 256);
        while (samples.Read(block))
        {
            if (block.Lost > 0) session.Reset(); // what is remembered ends before the gap
            ReadOnlySpan<float> chunk = block.Channel(0);
            while (session.Push(ref chunk)) Console.WriteLine($"{session.Position}: {string.Join(' ', session.Outputs[0].AsSpan<float>().ToArray())}");
        }
        File.WriteAllBytes(state, session.Save());
    }

    static void Restore(StreamSession session, string state)
    {
        try
        {
            session.Restore(File.ReadAllBytes(state));
        }
        catch (SessionStateException e)
        {
            Console.Error.WriteLine($"{state}: {e.Message}; starting anew"); // as after an update of the model
        }
    }
}
