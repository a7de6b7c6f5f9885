using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace EdgeQinn.Runtime.Format;

/// <summary>The header of a .npy file, versions 1.0 to 3.0 (NumPy enhancement proposal 1): magic, version, length, a Python dictionary.</summary>
sealed record NpyHeader(NpyType Type, bool BigEndian, bool FortranOrder, int[] Shape, int Elements)
{
    const int MaxDimensions = 32;
    const int MaxLength = 64 * 1024;
    static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    /// <summary>Reads the header and leaves <paramref name="stream"/> at the first element.</summary>
    /// <param name="stream">At the magic.</param>
    /// <param name="file">For messages.</param>
    /// <param name="position">Set to the number of bytes read.</param>
    public static NpyHeader Read(Stream stream, string file, out long position)
    {
        Span<byte> start = stackalloc byte[12];
        if (stream.ReadAtLeast(start[..8], 8, throwOnEndOfStream: false) < 8 || !start[..6].SequenceEqual(Magic))
            throw new FileFormatException(file, 0, "not a .npy array: the magic \\x93NUMPY is missing");
        int major = start[6];
        if (major is < 1 or > 3)
            throw new FileFormatException(file, 6, $"version {major}.{start[7]} of the .npy format is unknown (1.0 to 3.0 are read)");

        int lengthBytes = major == 1 ? 2 : 4;
        Span<byte> lengthField = start.Slice(8, lengthBytes);
        if (stream.ReadAtLeast(lengthField, lengthBytes, throwOnEndOfStream: false) < lengthBytes)
            throw new FileFormatException(file, 8, "ends inside the header");
        uint length = major == 1 ? BinaryPrimitives.ReadUInt16LittleEndian(lengthField) : BinaryPrimitives.ReadUInt32LittleEndian(lengthField);
        if (length > MaxLength) throw new FileFormatException(file, 8, $"header of {length} bytes is longer than {MaxLength}");

        byte[] text = new byte[length];
        int headerStart = 8 + lengthBytes;
        if (stream.ReadAtLeast(text, text.Length, throwOnEndOfStream: false) < text.Length)
            throw new FileFormatException(file, headerStart, "ends inside the header");
        position = headerStart + length;
        return new Parser(major == 3 ? Encoding.UTF8.GetString(text) : Encoding.Latin1.GetString(text), file, headerStart).Parse();
    }

    /// <summary>The bytes of a version 1.0 header, padded so that the elements start at a multiple of 64.</summary>
    public static byte[] Write(NpyType type, ReadOnlySpan<int> shape)
    {
        var text = new StringBuilder($"{{'descr': '{type.Descriptor()}', 'fortran_order': False, 'shape': (");
        for (int i = 0; i < shape.Length; i++) text.Append(i > 0 ? " " : "").Append(shape[i]).Append(',');
        if (shape.Length > 1) text.Length--;
        text.Append("), }");
        while ((10 + text.Length + 1) % 64 != 0) text.Append(' ');
        text.Append('\n');

        byte[] header = new byte[10 + text.Length];
        Magic.CopyTo(header);
        header[6] = 1;
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(8), (ushort)text.Length);
        Encoding.ASCII.GetBytes(text.ToString(), header.AsSpan(10));
        return header;
    }

    /// <summary>The product of the dimensions times the element's size, or null beyond what one array can hold.</summary>
    public static int? CheckedBytes(ReadOnlySpan<int> shape, int size)
    {
        long bytes = size;
        bool empty = shape.Contains(0);
        foreach (int d in shape)
        {
            if (d < 0) return null;
            if (!empty && (bytes *= d) > Array.MaxLength) return null;
        }
        return empty ? 0 : (int)bytes;
    }

    /// <summary>The few Python literals a header may hold: strings, booleans, a tuple of integers.</summary>
    ref struct Parser(string text, string file, int origin)
    {
        int _at;

        public NpyHeader Parse()
        {
            string? descriptor = null;
            bool? fortran = null;
            int[]? shape = null;
            Expect('{');
            while (!TryTake('}'))
            {
                string key = TakeString();
                Expect(':');
                switch (key)
                {
                    case "descr": descriptor = TakeString(); break;
                    case "fortran_order": fortran = TakeBool(); break;
                    case "shape": shape = TakeShape(); break;
                    default: throw Fail($"key '{key}' is unknown in a .npy header");
                }
                if (!TryTake(',') && Peek() != '}') throw Fail("',' or '}' expected in the header");
            }
            if (descriptor is null || fortran is null || shape is null) throw Fail("the header must hold 'descr', 'fortran_order' and 'shape'");

            bool marked = descriptor.Length > 0 && "<>|=".Contains(descriptor[0]);
            NpyType type = NpyTypes.Parse(marked ? descriptor[1..] : descriptor)
                ?? throw Fail($"element type '{descriptor}' is not supported (b1, i1 to i8, u1 to u8, f2, f4, f8 are)");
            int bytes = CheckedBytes(shape, type.Size()) ?? throw Fail($"an array of shape ({string.Join(", ", shape)}) is larger than 2 GB");
            return new(type, descriptor[0] == '>', fortran.Value, shape, bytes / type.Size());
        }

        char Peek()
        {
            while (_at < text.Length && char.IsWhiteSpace(text[_at])) _at++;
            return _at < text.Length ? text[_at] : '\0';
        }

        bool TryTake(char c)
        {
            if (Peek() != c) return false;
            _at++;
            return true;
        }

        void Expect(char c)
        {
            if (!TryTake(c)) throw Fail($"'{c}' expected in the header");
        }

        string TakeString()
        {
            char quote = Peek();
            if (quote is not ('\'' or '"')) throw Fail("a quoted string expected in the header");
            int end = text.IndexOf(quote, _at + 1);
            if (end < 0) throw Fail("a string in the header does not end");
            string value = text[(_at + 1)..end];
            _at = end + 1;
            return value;
        }

        bool TakeBool()
        {
            Peek();
            foreach (bool value in (ReadOnlySpan<bool>)[true, false])
            {
                string word = value ? "True" : "False";
                if (string.CompareOrdinal(text, _at, word, 0, word.Length) != 0) continue;
                _at += word.Length;
                return value;
            }
            throw Fail("True or False expected in the header");
        }

        int[] TakeShape()
        {
            var shape = new List<int>();
            Expect('(');
            while (!TryTake(')'))
            {
                Peek();
                int start = _at;
                while (_at < text.Length && char.IsAsciiDigit(text[_at])) _at++;
                if (!int.TryParse(text.AsSpan(start, _at - start), NumberStyles.None, CultureInfo.InvariantCulture, out int dimension))
                    throw Fail("a dimension expected in the header's shape");
                TryTake('L'); // written by Python 2
                shape.Add(dimension);
                if (shape.Count > MaxDimensions) throw Fail($"more than {MaxDimensions} dimensions");
                if (!TryTake(',') && Peek() != ')') throw Fail("',' or ')' expected in the header's shape");
            }
            return [.. shape];
        }

        readonly FileFormatException Fail(string reason) => new(file, origin + _at, reason);
    }
}
