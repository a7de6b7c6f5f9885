using System.Text;
using EdgeQinn.Runtime.Format;
using Xunit;

namespace EdgeQinn.Runtime.Tests.Format;

public sealed class Crc32CTests
{
    /// <summary>The check value of CRC-32C and the vectors of RFC 3720, appendix B.4.</summary>
    [Fact]
    public void Published_values()
    {
        Check(0xE3069283, Encoding.ASCII.GetBytes("123456789"));
        Check(0x8A9136AA, new byte[32]);
        Check(0x62A8AB43, [.. Enumerable.Repeat((byte)0xFF, 32)]);
        Check(0x46DD794E, [.. Enumerable.Range(0, 32).Select(i => (byte)i)]);
        Check(0x113FDB5C, [.. Enumerable.Range(0, 32).Select(i => (byte)(31 - i))]);

        static void Check(uint expected, byte[] data)
        {
            Assert.Equal(expected, Crc32C.Compute(data));
            Assert.Equal(expected, Crc32C.Reference(data));
        }
    }

    [Fact]
    public void Instructions_agree_with_the_definition_at_every_length_and_offset()
    {
        byte[] data = new byte[20_000];
        new Random(1).NextBytes(data);
        int[] lengths = [.. Enumerable.Range(0, 100), .. Enumerable.Range(4080, 60), 8191, 12_345, 19_990];
        foreach (int length in lengths)
            foreach (int offset in (int[])[0, 1, 7])
            {
                var span = data.AsSpan(offset, length);
                Assert.Equal(Crc32C.Reference(span), Crc32C.Compute(span));
                Assert.Equal(Crc32C.Reference(span), Crc32C.Compute(span[(length / 3)..], Crc32C.Compute(span[..(length / 3)])));
            }
    }
}
