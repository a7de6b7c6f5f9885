using System.Buffers.Binary;

namespace EdgeQinn.Testing.Format;

/// <summary>
/// Mutates <c>.eqn</c> files behind right checksums: words of the graph, whole stretches of any section, the section table, the header.
/// <see cref="GraphMutator"/> changes what the graph means instead.
/// </summary>
public sealed class EqnMutator(Random random)
{
    /// <summary>A mutated copy.</summary>
    public byte[] Mutate(byte[] original)
    {
        var patch = EqnPatch.From(original);
        if (random.Next(2) == 0) ChangeWords(patch["GRPH"]);
        else
        {
            for (int cuts = random.Next(1, 5); cuts > 0; cuts--)
            {
                int index = random.Next(patch.Sections.Count);
                patch.Sections[index] = patch.Sections[index] with { Bytes = Operate(patch.Sections[index].Bytes) };
            }
        }
        if (random.Next(20) == 0) patch.Sections.Add(patch.Sections[random.Next(patch.Sections.Count)]);
        if (random.Next(20) == 0) patch.Sections.RemoveAt(random.Next(patch.Sections.Count));
        byte[] file = patch.ToArray();
        if (random.Next(8) == 0) ChangeTable(file);
        return random.Next(50) == 0 ? file[..random.Next(file.Length)] : file;
    }

    /// <summary>Gives some words of the graph section extreme or neighbouring values.</summary>
    void ChangeWords(byte[] graph)
    {
        for (int changes = random.Next(1, 4); changes > 0 && graph.Length >= 4; changes--)
        {
            var word = graph.AsSpan(random.Next(graph.Length / 4) * 4);
            uint value = BinaryPrimitives.ReadUInt32LittleEndian(word);
            BinaryPrimitives.WriteUInt32LittleEndian(word, random.Next(3) == 0 ? Interesting() : value + (uint)random.Next(-3, 4));
        }
    }

    /// <summary>Changes a word of header or section table: overlaps, offsets and lengths beyond the file, other flags.</summary>
    void ChangeTable(byte[] file)
    {
        var word = file.AsSpan(random.Next(2, 16) * 4 + (random.Next(2) == 0 || file.Length < 128 ? 0 : 64));
        BinaryPrimitives.WriteUInt32LittleEndian(word, random.Next(3) == 0 ? (uint)random.Next(file.Length / 64 + 1) * 64 : Interesting());
        EqnPatch.FixHeader(file);
    }

    /// <summary>Overwrites, cuts out, repeats or moves bytes.</summary>
    byte[] Operate(byte[] bytes)
    {
        if (bytes.Length < 8) return bytes;
        int at = random.Next(bytes.Length / 4) * 4, other = random.Next(bytes.Length / 4) * 4;
        int count = Math.Min(random.Next(1, 16) * 4, bytes.Length - Math.Max(at, other));
        switch (random.Next(5))
        {
            case 0:
                BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(at), Interesting());
                return bytes;
            case 1:
                return [.. bytes[..at], .. bytes[(at + count)..]];
            case 2:
                return [.. bytes[..at], .. bytes[other..(other + count)], .. bytes[at..]];
            case 3:
                bytes.AsSpan(other, count).CopyTo(bytes.AsSpan(at));
                return bytes;
            default:
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
                return bytes;
        }
    }

    uint Interesting() => random.Next(8) switch
    {
        0 => 0,
        1 => uint.MaxValue,
        2 => int.MaxValue,
        3 => 0x80000000,
        4 => (uint)random.Next(10),
        5 => (uint)random.Next(1000),
        6 => 1u << random.Next(32),
        _ => (uint)random.Next(),
    };
}
