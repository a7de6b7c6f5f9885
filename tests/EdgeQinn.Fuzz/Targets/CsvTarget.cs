using EdgeQinn.Devices.Recordings.Csv;
using EdgeQinn.Testing;

namespace EdgeQinn.Fuzz.Targets;

/// <summary>Tables of numbers as text, with and without names, times and quotes.</summary>
sealed class CsvTarget : Target
{
    readonly List<byte[]> _seeds =
    [
        "time,MLII\n0,1\n0.1,2\n0.2,-3e5\n"u8.ToArray(), "1;2;3\r\n4;5;6\r\n-;nan;\r\n"u8.ToArray(), "\uFEFF\"t\"\t\"a b\"\n# note\n\n0\t1\n1\t2\n"u8.ToArray(),
    ];

    public override string Name => "csv";

    public override (long Factor, long Constant) Allocation => (512, 256 << 10);

    public override byte[] Make(Random random) => new ByteMutator(random).Mutate(_seeds[random.Next(_seeds.Count)]);

    public override object? Read(byte[] input)
    {
        using var source = CsvSource.Open(new MemoryStream(input), "hostile.csv", double.NaN);
        RecordingReader.ReadToEnd(source);
        return null;
    }
}
