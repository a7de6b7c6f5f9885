namespace EdgeQinn.Testing;

/// <summary>Broken variants of files that have little structure: cut short, bytes changed, inserted, removed or repeated, decimal numbers made extreme.</summary>
public sealed class ByteMutator(Random random)
{
    /// <summary>Most files begin with what describes the rest; three changes of four go there.</summary>
    const int HeaderBytes = 256;

    static readonly string[] Numbers = ["0", "-1", "1", "255", "65536", "2147483647", "2147483648", "-2147483648", "4294967296", "9223372036854775807", "99999999999999999999", "1e308", "1e-320", "1e999", "nan", "-inf"];

    /// <summary>A mutated copy.</summary>
    public byte[] Mutate(byte[] original)
    {
        List<byte> bytes = [.. original];
        for (int n = random.Next(1, 6); n > 0 && bytes.Count > 0; n--)
        {
            int at = random.Next(random.Next(4) == 0 ? bytes.Count : Math.Min(HeaderBytes, bytes.Count));
            switch (random.Next(9))
            {
                case 0: bytes.RemoveRange(at, bytes.Count - at); break;
                case 1: bytes.Insert(at, (byte)random.Next(256)); break;
                case 2: bytes.RemoveAt(at); break;
                case 3: bytes[at] = 0xFF; break;
                case 4: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                case 5: ReplaceNumber(bytes, at); break;
                case 6: bytes.InsertRange(at, bytes.GetRange(at, random.Next(Math.Min(64, bytes.Count - at)))); break;
                default: bytes[at] = (byte)random.Next(256); break;
            }
        }
        return [.. bytes];
    }

    /// <summary>Mutated copies, the same for the same seed.</summary>
    public static IEnumerable<byte[]> Variants(byte[] original, int count, int seed)
    {
        var mutator = new ByteMutator(new Random(seed));
        for (int i = 0; i < count; i++) yield return mutator.Mutate(original);
    }

    /// <summary>Gives the decimal number at or behind <paramref name="at"/> another value.</summary>
    void ReplaceNumber(List<byte> bytes, int at)
    {
        int start = bytes.FindIndex(at, b => char.IsAsciiDigit((char)b));
        if (start < 0) return;
        int end = start;
        while (end < bytes.Count && char.IsAsciiDigit((char)bytes[end])) end++;
        bytes.RemoveRange(start, end - start);
        bytes.InsertRange(start, System.Text.Encoding.ASCII.GetBytes(Numbers[random.Next(Numbers.Length)]));
    }
}
