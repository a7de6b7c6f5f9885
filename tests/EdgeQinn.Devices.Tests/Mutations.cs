namespace EdgeQinn.Devices.Tests;

/// <summary>Broken variants of a file: cut short, bytes changed, bytes inserted or removed.</summary>
static class Mutations
{
    public static IEnumerable<byte[]> Of(byte[] original, int count, int seed)
    {
        var random = new Random(seed);
        for (int i = 0; i < count; i++)
        {
            List<byte> bytes = [.. original];
            for (int n = random.Next(1, 6); n > 0 && bytes.Count > 0; n--)
            {
                int at = random.Next(4) == 0 ? random.Next(bytes.Count) : random.Next(Math.Min(256, bytes.Count)); // mostly headers
                switch (random.Next(6))
                {
                    case 0: bytes.RemoveRange(at, bytes.Count - at); break;
                    case 1: bytes.Insert(at, (byte)random.Next(256)); break;
                    case 2: bytes.RemoveAt(at); break;
                    case 3: bytes[at] = 0xFF; break;
                    default: bytes[at] = (byte)random.Next(256); break;
                }
            }
            yield return [.. bytes];
        }
    }
}
