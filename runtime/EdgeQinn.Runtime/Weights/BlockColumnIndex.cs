using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Runtime.Weights;

/// <summary>How a file stores the columns of blocks: as gaps of one byte where all fit, else as uint16 or uint32.</summary>
static class BlockColumnIndex
{
    /// <summary>The smallest part that holds <paramref name="columns"/>.</summary>
    public static TensorPart Write(ReadOnlySpan<uint> columns, ReadOnlySpan<uint> pointers, int bound)
    {
        var gaps = new byte[columns.Length];
        if (TryGaps(columns, pointers, gaps)) return TensorParts.Create<byte>("gaps", gaps, gaps.Length);
        if (bound > ushort.MaxValue + 1) return TensorParts.Create("columns", columns, columns.Length);
        var narrow = new ushort[columns.Length];
        for (int i = 0; i < narrow.Length; i++) narrow[i] = (ushort)columns[i];
        return TensorParts.Create<ushort>("columns", narrow, narrow.Length);
    }

    /// <summary>The columns of each block. The caller checks them against the matrix.</summary>
    public static uint[] Read(WeightReader reader, ReadOnlySpan<uint> pointers)
    {
        if (reader.Has("gaps"))
        {
            var gaps = reader.Part("gaps").As<byte>();
            var columns = new uint[gaps.Length];
            for (int g = 0; g + 1 < pointers.Length; g++)
            {
                uint next = 0;
                for (uint b = pointers[g]; b < pointers[g + 1] && b < columns.Length; b++) next = (columns[b] = next + gaps[(int)b]) + 1;
            }
            return columns;
        }
        var part = reader.Part("columns");
        if (part.Type.Element == ElementType.UInt32) return part.As<uint>().ToArray();
        var narrow = part.As<ushort>();
        var wide = new uint[narrow.Length];
        for (int i = 0; i < wide.Length; i++) wide[i] = narrow[i];
        return wide;
    }

    static bool TryGaps(ReadOnlySpan<uint> columns, ReadOnlySpan<uint> pointers, Span<byte> gaps)
    {
        for (int g = 0; g + 1 < pointers.Length; g++)
        {
            uint next = 0;
            for (int b = (int)pointers[g]; b < pointers[g + 1]; b++)
            {
                uint gap = columns[b] - next;
                if (gap > byte.MaxValue) return false;
                gaps[b] = (byte)gap;
                next = columns[b] + 1;
            }
        }
        return true;
    }
}
