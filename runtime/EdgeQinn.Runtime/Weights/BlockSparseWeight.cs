using System.Collections.Immutable;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Runtime.Weights;

/// <summary>
/// Block-sparse rows (BCSR): blocks of <see cref="Height"/> rows × <see cref="Width"/> columns; group g of rows owns blocks
/// pointers[g]…pointers[g+1]−1, block b covers columns [columns[b]·Width, …+Width). Height 1 is plain CSR. Rows and columns beyond the
/// matrix are zero blocks' padding. Parts: <c>pointers</c> uint32[G+1]; <c>columns</c> uint16[B] or uint32[B], or <c>gaps</c> uint8[B], how many
/// block columns lie between a block and the one before it in its group (dCSR, Trommer et al. 2021); <c>values</c> float32 or int8
/// [B, Width, Height] (rows fastest, as the lanes want them); for int8 <c>scales</c> float32[M] per row.
/// </summary>
public sealed class BlockSparseWeight : Weight
{
    /// <summary>The encoding's name.</summary>
    public const string Name = "bcsr";

    readonly uint[] _columns;
    readonly TensorPart _pointers, _values;
    readonly TensorPart? _scales;

    /// <summary>Builds from blocks in order; columns rise within each group.</summary>
    /// <param name="type">What it stands for.</param>
    /// <param name="rows">M.</param>
    /// <param name="height">Rows per block.</param>
    /// <param name="width">Columns per block.</param>
    /// <param name="pointers">Where each group's blocks start, and their number: ⌈M/height⌉ + 1.</param>
    /// <param name="columns">Each block's column, in blocks.</param>
    /// <param name="values">[B, width, height].</param>
    public BlockSparseWeight(TensorType type, int rows, int height, int width, ReadOnlySpan<uint> pointers, uint[] columns, ReadOnlySpan<float> values)
        : this(type, rows, height, width, TensorParts.Create("pointers", pointers, pointers.Length), columns,
            TensorParts.Create("values", values, columns.Length, width, height), null)
    {
    }

    /// <summary>As the other constructor, with int8 values in −127…127 and a scale per row.</summary>
    public BlockSparseWeight(TensorType type, int height, int width, ReadOnlySpan<uint> pointers, uint[] columns, ReadOnlySpan<sbyte> values, ReadOnlySpan<float> scales)
        : this(type, scales.Length, height, width, TensorParts.Create("pointers", pointers, pointers.Length), columns,
            TensorParts.Create("values", values, columns.Length, width, height), TensorParts.Create("scales", scales, scales.Length))
    {
    }

    BlockSparseWeight(TensorType type, int rows, int height, int width, TensorPart pointers, uint[] columns, TensorPart values, TensorPart? scales)
        : base(type, rows)
    {
        (Height, Width, _pointers, _columns, _values, _scales) = (height, width, pointers, columns, values, scales);
        if (!(height is 1 or 4 or 8 or 16 && width == 1) && !(height == 4 && width == 4)) throw Fail($"blocks of {height}x{width}; they are 1, 4, 8 or 16 x1, or 4x4");
        Groups = (rows + height - 1) / height;
        BlockColumns = (Columns + width - 1) / width;
        if (pointers.Type.Count != Groups + 1) throw Fail($"has {pointers.Type.Count} pointers, expected {Groups + 1}");
        if (!values.Type.Shape.AsSpan().SequenceEqual([columns.Length, width, height])) throw Fail($"values are {values.Type}, expected [{columns.Length},{width},{height}]");
        CheckIndices();
        if (IsInt8)
        {
            if (Quantised.Contains(sbyte.MinValue)) throw Fail("holds the value -128; values lie in -127…127");
            foreach (float s in Scales)
                if (!float.IsFinite(s) || s < 0) throw Fail($"holds the scale {s}");
        }
    }

    /// <summary>The float32 form of a dense matrix [rows, columns] that leaves out the blocks of zeros.</summary>
    public static BlockSparseWeight OfNonZeros(TensorType type, int rows, int height, ReadOnlySpan<float> data)
    {
        int columns = type.Count / rows;
        var pointers = new List<uint> { 0 };
        var blocks = new List<uint>();
        var values = new List<float>();
        Span<float> block = stackalloc float[height];
        for (int first = 0; first < rows; first += height)
        {
            for (int c = 0; c < columns; c++)
            {
                block.Clear();
                for (int r = 0; r < height && first + r < rows; r++) block[r] = data[(first + r) * columns + c];
                if (!block.ContainsAnyExcept(0f)) continue;
                blocks.Add((uint)c);
                values.AddRange(block);
            }
            pointers.Add((uint)blocks.Count);
        }
        return new BlockSparseWeight(type, rows, height, 1, [.. pointers], [.. blocks], [.. values]);
    }

    /// <inheritdoc/>
    public override string Encoding => Name;

    /// <summary>Rows per block: 1, 4, 8 or 16.</summary>
    public int Height { get; }

    /// <summary>Columns per block: 1, or 4 with Height 4.</summary>
    public int Width { get; }

    /// <summary>⌈M / Height⌉.</summary>
    public int Groups { get; }

    /// <summary>⌈N / Width⌉.</summary>
    public int BlockColumns { get; }

    /// <summary>The stored blocks.</summary>
    public int Blocks => _columns.Length;

    /// <summary>Whether values are int8 with a scale per row.</summary>
    public bool IsInt8 => _values.Type.Element == ElementType.Int8;

    /// <summary>Where each group's blocks start; the last is <see cref="Blocks"/>.</summary>
    public ReadOnlySpan<uint> Pointers => _pointers.As<uint>();

    /// <summary>Each block's column, in blocks.</summary>
    public ReadOnlySpan<uint> BlockColumn => _columns;

    /// <summary>[B, Width, Height], for float32.</summary>
    public ReadOnlySpan<float> Values => _values.As<float>();

    /// <summary>[B, Width, Height], for int8.</summary>
    public ReadOnlySpan<sbyte> Quantised => _values.As<sbyte>();

    /// <summary>One per row, for int8.</summary>
    public ReadOnlySpan<float> Scales => _scales is null ? [] : _scales.As<float>();

    /// <inheritdoc/>
    public override long MultiplyAdds => (long)Blocks * Height * Width;

    /// <inheritdoc/>
    public override long Parameters => MultiplyAdds + (IsInt8 ? Rows : 0);

    /// <summary>The value of row <paramref name="row"/> (within its group) and column <paramref name="column"/> (within its block) of a block.</summary>
    public float Value(int block, int group, int row, int column)
    {
        int r = group * Height + row;
        return !IsInt8 ? Values[(block * Width + column) * Height + row] : r < Rows ? Scales[r] * Level(block, group, row, column) : 0;
    }

    /// <summary>As <see cref="Value"/> before scaling, for int8.</summary>
    public int Level(int block, int group, int row, int column) => group * Height + row < Rows ? Quantised[(block * Width + column) * Height + row] : 0;

    /// <inheritdoc/>
    public override void Materialise(Span<float> destination)
    {
        destination[..(Rows * Columns)].Clear();
        for (int g = 0; g < Groups; g++)
            for (int b = (int)Pointers[g]; b < Pointers[g + 1]; b++)
                for (int r = 0; r < Height && g * Height + r < Rows; r++)
                    for (int c = 0; c < Width && (int)_columns[b] * Width + c < Columns; c++)
                        destination[(g * Height + r) * Columns + (int)_columns[b] * Width + c] = Value(b, g, r, c);
    }

    /// <inheritdoc/>
    public override EncodedTensor Encode()
    {
        var attributes = NewAttributes();
        attributes.Add("height", Height);
        attributes.Add("width", Width);
        ImmutableArray<TensorPart> parts = [_pointers, BlockColumnIndex.Write(_columns, Pointers, BlockColumns), _values];
        return Encode(attributes, _scales is null ? parts : parts.Add(_scales));
    }

    internal static BlockSparseWeight Read(EncodedTensor tensor, WeightReader reader)
    {
        reader.Expect(3, 4, 0, 0);
        int rows = reader.Rows;
        var values = reader.Part("values");
        var scales = values.Type.Element switch
        {
            ElementType.Float32 => null,
            ElementType.Int8 => reader.Part("scales", ElementType.Float32, rows),
            _ => throw reader.Fail($"values are {values.Type}, expected float32 or int8"),
        };
        var pointers = reader.Part("pointers");
        if (pointers.Type.Element != ElementType.UInt32 || pointers.Type.Rank != 1) throw reader.Fail($"pointers are {pointers.Type}, expected uint32 of rank 1");
        uint[] columns = BlockColumnIndex.Read(reader, pointers.As<uint>());
        return new BlockSparseWeight(tensor.Type, rows, tensor.Attributes.Int("height", 1), tensor.Attributes.Int("width", 1), pointers, columns, values, scales);
    }

    void CheckIndices()
    {
        var pointers = Pointers;
        if (pointers[0] != 0 || pointers[Groups] != _columns.Length) throw Fail($"pointers run from {pointers[0]} to {pointers[Groups]}, expected 0 to {_columns.Length}");
        for (int g = 0; g < Groups; g++)
        {
            if (pointers[g] > pointers[g + 1]) throw Fail($"pointers fall from {pointers[g]} to {pointers[g + 1]} at row group {g}");
            if (pointers[g + 1] > _columns.Length) throw Fail($"pointer {pointers[g + 1]} at row group {g} is beyond the {_columns.Length} blocks");
            long last = -1;
            for (uint b = pointers[g]; b < pointers[g + 1]; b++)
            {
                if (_columns[b] <= last) throw Fail($"columns do not rise in row group {g}");
                if (_columns[b] >= BlockColumns) throw Fail($"column {_columns[b]} in row group {g} is beyond the {BlockColumns} there are");
                last = _columns[b];
            }
        }
    }
}
