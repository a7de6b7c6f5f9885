namespace EdgeQinn.Runtime.Kernels.Dense;

/// <summary>The rows of a register tile, known when it is compiled: conditions on them cost nothing, sums of rows beyond them vanish.</summary>
interface ITileRows
{
    static abstract int Rows { get; }
}

readonly struct Rows1 : ITileRows { public static int Rows => 1; }
readonly struct Rows2 : ITileRows { public static int Rows => 2; }
readonly struct Rows3 : ITileRows { public static int Rows => 3; }
readonly struct Rows4 : ITileRows { public static int Rows => 4; }
readonly struct Rows5 : ITileRows { public static int Rows => 5; }
readonly struct Rows6 : ITileRows { public static int Rows => 6; }
readonly struct Rows7 : ITileRows { public static int Rows => 7; }
readonly struct Rows8 : ITileRows { public static int Rows => 8; }
