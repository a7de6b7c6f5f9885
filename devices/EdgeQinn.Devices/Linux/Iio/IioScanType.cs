using System.Globalization;

namespace EdgeQinn.Devices.Linux.Iio;

/// <summary>
/// How the kernel lays out one element of a buffer's frame, as <c>scan_elements/*_type</c> says: <c>[be|le]:[s|u]BITS/STORAGEBITS[XREPEAT]&gt;&gt;SHIFT</c>
/// (Linux, Documentation/ABI/testing/sysfs-bus-iio).
/// </summary>
/// <param name="IsBigEndian">Byte order.</param>
/// <param name="IsSigned">Two's complement.</param>
/// <param name="Bits">Bits of the value.</param>
/// <param name="StorageBits">Bits it occupies: 8, 16, 32 or 64.</param>
/// <param name="Shift">Bits below the value.</param>
public readonly record struct IioScanType(bool IsBigEndian, bool IsSigned, int Bits, int StorageBits, int Shift)
{
    /// <summary>Bytes it occupies, which are its alignment too.</summary>
    public int Bytes => StorageBits / 8;

    /// <summary>Reads a type as sysfs writes it.</summary>
    /// <exception cref="FormatException">It is none, or one that repeats.</exception>
    public static IioScanType Parse(string text)
    {
        string t = text.Trim();
        int slash = t.IndexOf('/'), shift = t.IndexOf(">>", StringComparison.Ordinal);
        if (t.Length > 4 && t[2] == ':' && slash > 4 && shift > slash && t[..2] is "be" or "le" && t[3] is 's' or 'u'
            && TryNumber(t[4..slash], out int bits) && TryNumber(t[(slash + 1)..shift], out int storage) && TryNumber(t[(shift + 2)..], out int down)
            && storage is 8 or 16 or 32 or 64 && bits >= 1 && bits + down <= storage)
            return new(t[0] == 'b', t[3] == 's', bits, storage, down);
        throw new FormatException($"'{t}' is no type of a buffer element that can be read, such as le:s12/16>>4");
    }

    static bool TryNumber(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number <= 64;

    /// <summary>The value of an element.</summary>
    public long Decode(ReadOnlySpan<byte> element)
    {
        ulong raw = 0;
        for (int i = 0; i < Bytes; i++) raw = raw << 8 | element[IsBigEndian ? i : Bytes - 1 - i];
        raw = raw >> Shift << (64 - Bits);
        return IsSigned ? (long)raw >> (64 - Bits) : (long)(raw >> (64 - Bits));
    }
}
