using EdgeQinn.Devices.Recordings.Wfdb;
using EdgeQinn.Devices.Sources;
using EdgeQinn.Devices.Recordings;
using EdgeQinn.Testing;

namespace EdgeQinn.Fuzz.Targets;

/// <summary>WFDB records: one of header, signals and annotations is mutated, and the record of the three read to its end.</summary>
sealed class WfdbTarget : Target, IDisposable
{
    static readonly string[] Extensions = [".hea", ".dat", ".atr"];

    readonly string _stem = Path.Combine(Directory.CreateTempSubdirectory("edgeqinn-fuzz-").FullName, "r");
    readonly List<byte[][]> _seeds;
    readonly Dictionary<string, byte[]> _written = []; // most inputs change one file of three, and writing takes longest

    public WfdbTarget() => _seeds = [Written(WfdbFormat.Bits16), Written(WfdbFormat.Bits12Packed), Written(WfdbFormat.Bits8Offset)];

    public override string Name => "wfdb";

    public override (long Factor, long Constant) Allocation => (512, 512 << 10);

    /// <summary>The record's three files in one input, the length before each.</summary>
    public override byte[] Make(Random random)
    {
        byte[][] files = [.. _seeds[random.Next(_seeds.Count)]];
        int chosen = random.Next(files.Length);
        files[chosen] = new ByteMutator(random).Mutate(files[chosen]);
        return [.. files.SelectMany(f => (byte[])[.. BitConverter.GetBytes(f.Length), .. f])];
    }

    public override object? Read(byte[] input)
    {
        int at = 0;
        foreach (string extension in Extensions)
        {
            int length = BitConverter.ToInt32(input, at);
            byte[] bytes = input[(at + sizeof(int))..(at + sizeof(int) + length)];
            if (!_written.TryGetValue(extension, out byte[]? last) || !bytes.AsSpan().SequenceEqual(last)) File.WriteAllBytes(_stem + extension, bytes);
            _written[extension] = bytes;
            at += sizeof(int) + length;
        }
        using var source = WfdbSource.Open(_stem);
        RecordingReader.ReadToEnd(source);
        return null;
    }

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_stem)!, recursive: true);

    byte[][] Written(WfdbFormat format)
    {
        using (var writer = new WfdbWriter(_stem, 360, [new Channel("MLII", "mV"), new Channel("V5", "mV")], format, 100))
        {
            var block = new SampleBlock(2, 100);
            for (int t = 0; t < block.Capacity; t++) (block.Buffer(0)[t], block.Buffer(1)[t]) = (t % 7 / 10f, -t / 100f);
            block.Commit(block.Capacity, 0, 0, TimeSpan.Zero);
            writer.Write(block);
            writer.Write(new Annotation(5, (AnnotationCode)1, 0, 0, 0) { Text = "(N" });
            writer.Write(new Annotation(5000, (AnnotationCode)5, 1, 1, 2));
        }
        return [.. Extensions.Select(e => File.ReadAllBytes(_stem + e))];
    }
}
