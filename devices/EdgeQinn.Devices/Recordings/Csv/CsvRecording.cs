namespace EdgeQinn.Devices.Recordings.Csv;

/// <summary>
/// The form recordings have as comma-separated values: a first line that names it, comments with rate and name, a line of column names with units in brackets,
/// and a line per sample. <c>time</c> (seconds) and <c>status</c> (a number, <see cref="Sources.SampleStatus"/>) stand at the first sample of each block only;
/// a jump in <c>sample</c> is a loss. Annotations of a block stand before it, each a comment <c># annotation sample,code,subtype,channel,number,text</c> with the
/// numbers of <see cref="Annotation"/>; a comment <c># annotated</c> at the start says that the source has some.
/// </summary>
static class CsvRecording
{
    public const string Magic = "# edgeqinn recording 1", Rate = "# rate ", Name = "# name ", Annotated = "# annotated", Annotation = "# annotation ";
    public const int FixedColumns = 3;

    /// <summary>Whether a file begins like one.</summary>
    public static bool Recognises(string path)
    {
        if (path == "-" || new FileInfo(path) is not { Exists: true, Length: > 0 }) return false; // what is read from a pipe is gone
        Span<byte> start = stackalloc byte[Magic.Length];
        using FileStream file = RecordingFile.Open(path);
        return file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length && start.SequenceEqual(System.Text.Encoding.ASCII.GetBytes(Magic));
    }
}
