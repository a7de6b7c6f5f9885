namespace EdgeQinn.Runtime.Format;

/// <summary>The numbers of the file layout. FORMAT.md explains each; reader and writer share them.</summary>
static class EqnLayout
{
    public const int Major = 1, Minor = 0;

    /// <summary>Header: magic, version, size, section count, CRC.</summary>
    public const int HeaderBytes = 64;

    /// <summary>One row of the section table.</summary>
    public const int EntryBytes = 32;

    /// <summary>Where the header and table's CRC-32C stands: the header's last field.</summary>
    public const int HeaderCrcOffset = 60;

    /// <summary>Sections, and arrays inside the weights section, start at multiples of this.</summary>
    public const int Alignment = 64;

    public const int MaxSections = 64;

    /// <summary>The most bytes a file may have: what one span can address.</summary>
    public const int MaxFileBytes = int.MaxValue;

    /// <summary>The most bytes one tensor may have.</summary>
    public const long MaxTensorBytes = 1L << 30;

    /// <summary>How deep encoded tensors nest: the constant itself is at depth 1.</summary>
    public const int MaxDepth = 4;

    /// <summary>The section flag that makes a reader refuse what it does not know.</summary>
    public const uint Required = 1;

    /// <summary>0x89 breaks text tools, CR LF and the last LF reveal newline conversion, 0x1A stops a DOS listing (as PNG does).</summary>
    public static ReadOnlySpan<byte> Magic => [0x89, (byte)'E', (byte)'Q', (byte)'N', (byte)'\r', (byte)'\n', 0x1A, (byte)'\n'];

    /// <summary>The section identifiers of this version.</summary>
    public const string Graph = "GRPH", Weights = "WGTS", Contract = "SIGC", Golden = "GOLD", Provenance = "PROV", Stream = "STRM";

    public static bool IsKnown(string id) => id is Graph or Weights or Contract or Golden or Provenance or Stream;

    public static long Align(long offset, int alignment = Alignment) => (offset + alignment - 1) & -alignment;
}

/// <summary>How an attribute's values are stored.</summary>
enum AttributeKind : uint
{
    Ints = 1, Floats = 2, Text = 3,
}
