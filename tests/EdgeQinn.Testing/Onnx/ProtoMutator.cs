namespace EdgeQinn.Testing.Onnx;

/// <summary>
/// Mutates protobuf messages along their structure: fields are dropped, repeated, moved, retagged, given extreme numbers or broken bytes,
/// and lengths around them are put right, so that the change reaches what lies behind the parser. Some mutations break the bytes instead.
/// </summary>
public sealed class ProtoMutator(Random random)
{
    static readonly long[] ExtremeNumbers = [0, 1, -1, 2, 3, 7, 255, 256, 65535, int.MaxValue, int.MinValue, 1L << 31, 1L << 32, long.MaxValue, long.MinValue];

    sealed record Field(int Number, int Wire, ulong Value, byte[] Bytes);

    /// <summary>A mutated copy.</summary>
    public byte[] Mutate(byte[] message)
    {
        for (int m = random.Next(1, 4); m > 0; m--) message = random.Next(5) == 0 ? Corrupt(message) : MutateFields(message, 0);
        return message;
    }

    /// <summary>Flips, sets, cuts out or repeats bytes wherever they lie.</summary>
    byte[] Corrupt(byte[] message)
    {
        if (message.Length == 0) return [(byte)random.Next(256)];
        byte[] result = [.. message];
        int at = random.Next(result.Length), count = random.Next(Math.Min(40, result.Length - at));
        switch (random.Next(4))
        {
            case 0: result[at] ^= (byte)(1 << random.Next(8)); return result;
            case 1: result[at] = (byte)random.Next(256); return result;
            case 2: return [.. result[..at], .. result[(at + count)..]];
            default: return [.. result[..(at + count)], .. result[at..]];
        }
    }

    byte[] MutateFields(byte[] message, int depth)
    {
        if (!TryParse(message, out var fields) || fields.Count == 0 || depth > 12) return Corrupt(message);
        int i = random.Next(fields.Count);
        var field = fields[i];
        if (field.Wire == 2 && random.Next(4) != 0) fields[i] = field with { Bytes = MutateFields(field.Bytes, depth + 1) };
        else
        {
            switch (random.Next(6))
            {
                case 0: fields.RemoveAt(i); break;
                case 1: fields.Insert(random.Next(fields.Count), field); break;
                case 2: (fields[i], fields[^1]) = (fields[^1], field); break;
                case 3: fields[i] = field with { Number = random.Next(1, 26) }; break;
                case 4: fields[i] = field.Wire == 2 ? field with { Bytes = fields[random.Next(fields.Count)].Bytes } : field with { Value = (ulong)ExtremeNumbers[random.Next(ExtremeNumbers.Length)] }; break;
                default: fields[i] = field.Wire == 2 ? field with { Bytes = Corrupt(field.Bytes) } : field with { Value = (ulong)random.Next(40) }; break;
            }
        }
        return Write(fields);
    }

    static bool TryParse(byte[] message, out List<Field> fields)
    {
        fields = [];
        int at = 0;
        while (at < message.Length)
        {
            if (!TryVarint(message, ref at, out ulong tag) || tag >> 3 is 0 or > 1000) return false;
            int wire = (int)(tag & 7), size = wire == 5 ? 4 : 8;
            ulong value = 0;
            if (wire is 0 or 2 && !TryVarint(message, ref at, out value)) return false;
            if (wire == 2) size = value <= (ulong)(message.Length - at) ? (int)value : -1;
            if (wire is not (0 or 1 or 2 or 5) || size < 0 || (wire != 0 && size > message.Length - at)) return false;
            fields.Add(new Field((int)(tag >> 3), wire, value, wire == 0 ? [] : message[at..(at += size)]));
        }
        return true;
    }

    static bool TryVarint(byte[] bytes, ref int at, out ulong value)
    {
        value = 0;
        for (int shift = 0; shift < 64 && at < bytes.Length; shift += 7)
        {
            byte b = bytes[at++];
            value |= (ulong)(b & 0x7f) << shift;
            if (b < 0x80) return true;
        }
        return false;
    }

    static byte[] Write(List<Field> fields)
    {
        var writer = new ProtoWriter();
        foreach (var field in fields)
        {
            if (field.Wire == 0) writer.Int(field.Number, (long)field.Value);
            else if (field.Wire == 2) writer.Bytes(field.Number, field.Bytes);
            else writer.Fixed(field.Number, field.Wire, field.Bytes);
        }
        return writer.ToArray();
    }
}
