namespace EdgeQinn.Devices.Recordings.Wfdb;

/// <summary>Packing of samples in signal files (WFDB Applications Guide, signal(5)). The stream is flat: signals of one file take turns.</summary>
static class WfdbSamples
{
    /// <summary>The value that marks a missing sample, by format.</summary>
    public static int Missing(WfdbFormat format) => -(1 << (Bits(format) - 1));

    /// <summary>Bits of one sample.</summary>
    public static int Bits(WfdbFormat format) => format switch
    {
        WfdbFormat.Bits8Offset => 8,
        WfdbFormat.Bits12Packed => 12,
        WfdbFormat.Bits32 => 32,
        _ => 16,
    };

    /// <summary>Unpacks one sample, or returns false where the stream ends.</summary>
    /// <param name="stream">The signal file.</param>
    /// <param name="format">Its packing.</param>
    /// <param name="carry">The first sample's upper bits and the half-used byte of format 212: 0 before the first sample, kept by the caller.</param>
    /// <param name="sample">The ADC value.</param>
    public static bool TryRead(Stream stream, WfdbFormat format, ref int carry, out int sample)
    {
        sample = 0;
        int low, high;
        switch (format)
        {
            case WfdbFormat.Bits8Offset:
                if ((low = stream.ReadByte()) < 0) return false;
                sample = low - 128;
                return true;

            case WfdbFormat.Bits16:
                if ((low = stream.ReadByte()) < 0 || (high = stream.ReadByte()) < 0) return false;
                sample = (short)(low | high << 8);
                return true;

            case WfdbFormat.Bits32:
                for (int shift = 0; shift < 32; shift += 8)
                {
                    if ((low = stream.ReadByte()) < 0) return false;
                    sample |= low << shift;
                }
                return true;

            // Three bytes aaaaaaaa bbbbAAAA bbbbbbbb: A and the middle byte's upper half are the samples' upper bits.
            default:
                if ((low = stream.ReadByte()) < 0) return false;
                if (carry != 0)
                {
                    high = carry >> 4 & 15;
                    carry = 0;
                }
                else
                {
                    if ((high = stream.ReadByte()) < 0) return false;
                    carry = high | 0x100; // the flag tells an empty carry from one whose bits are all zero
                    high &= 15;
                }
                sample = (low | high << 8) << 20 >> 20;
                return true;
        }
    }

    /// <summary>Packs one sample.</summary>
    /// <param name="stream">The signal file.</param>
    /// <param name="format">Its packing.</param>
    /// <param name="carry">Format 212's first sample of a pair: 0 before the first sample, kept by the caller.</param>
    /// <param name="sample">The ADC value; must fit the format.</param>
    public static void Write(Stream stream, WfdbFormat format, ref int carry, int sample)
    {
        switch (format)
        {
            case WfdbFormat.Bits8Offset:
                stream.WriteByte((byte)(sample + 128));
                break;
            case WfdbFormat.Bits16:
                stream.WriteByte((byte)sample);
                stream.WriteByte((byte)(sample >> 8));
                break;
            case WfdbFormat.Bits32:
                for (int shift = 0; shift < 32; shift += 8) stream.WriteByte((byte)(sample >> shift));
                break;
            default:
                if (carry == 0)
                {
                    carry = sample & 0xFFF | 0x1000;
                    break;
                }
                WritePair(stream, carry & 0xFFF, sample & 0xFFF);
                carry = 0;
                break;
        }
    }

    /// <summary>Writes the sample that still waits for its pair in format 212.</summary>
    public static void Flush(Stream stream, ref int carry)
    {
        if (carry != 0) WritePair(stream, carry & 0xFFF, 0);
        carry = 0;
    }

    static void WritePair(Stream stream, int first, int second)
    {
        stream.WriteByte((byte)first);
        stream.WriteByte((byte)(first >> 8 | second >> 8 << 4));
        stream.WriteByte((byte)second);
    }
}
