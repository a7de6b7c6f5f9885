using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace EdgeQinn.Devices.Recordings.Wfdb;

/// <summary>
/// Annotation files in the MIT format (WFDB Applications Guide, annot(5)): 16-bit little-endian words of a 6-bit code and
/// a 10-bit time difference; codes above 58 modify the annotation before them or lengthen the time to the next.
/// </summary>
public static class WfdbAnnotations
{
    const int Skip = 59, Number = 60, Subtype = 61, ChannelCode = 62, Text = 63;
    const int MaxBytes = 1 << 28;
    const string ResolutionNote = "## time resolution: ";

    /// <summary>Reads an annotation file.</summary>
    /// <param name="path">The file, such as <c>100.atr</c>.</param>
    /// <param name="sampleRate">The record's; a file with times in other units is refused.</param>
    /// <param name="isUnfinished">Whether the recording may have broken off: an annotation cut short then ends the list.</param>
    /// <exception cref="RecordingException">Missing, cut short or with times that go back.</exception>
    public static IReadOnlyList<Annotation> Load(string path, double sampleRate, bool isUnfinished = false) =>
        Parse(RecordingFile.ReadAll(path, MaxBytes), path, sampleRate, isUnfinished);

    /// <summary>Reads the bytes of an annotation file.</summary>
    /// <exception cref="RecordingException">As for <see cref="Load"/>.</exception>
    public static IReadOnlyList<Annotation> Parse(ReadOnlySpan<byte> bytes, string file, double sampleRate, bool isUnfinished = false)
    {
        var annotations = new List<Annotation>(bytes.Length / 2);
        long time = 0;
        byte channel = 0;
        sbyte number = 0;
        for (int at = 0; at + 1 < bytes.Length;)
        {
            int position = at;
            int word = BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);
            at += 2;
            int code = word >> 10, value = word & 0x3FF;
            if (word == 0) break;
            switch (code)
            {
                case Skip: // a 32-bit interval, upper half first
                    if (at + 4 > bytes.Length && isUnfinished) return annotations;
                    if (at + 4 > bytes.Length) throw new RecordingException(file, "ends inside a time interval", position);
                    time += BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]) << 16 | BinaryPrimitives.ReadUInt16LittleEndian(bytes[(at + 2)..]);
                    at += 4;
                    break;
                case Number:
                    number = (sbyte)value;
                    Modify(annotations, a => a with { Number = (sbyte)value }, file, position);
                    break;
                case Subtype:
                    Modify(annotations, a => a with { Subtype = (sbyte)value }, file, position);
                    break;
                case ChannelCode:
                    channel = (byte)value;
                    Modify(annotations, a => a with { Channel = (byte)value }, file, position);
                    break;
                case Text:
                    int padded = value + (value & 1);
                    if (at + value > bytes.Length && isUnfinished) return annotations;
                    if (at + value > bytes.Length) throw new RecordingException(file, $"ends inside a text of {value} bytes", position);
                    string text = Encoding.Latin1.GetString(bytes.Slice(at, value)).TrimEnd('\0');
                    at += padded;
                    CheckResolution(text, sampleRate, file, position);
                    Modify(annotations, a => a with { Text = text }, file, position);
                    break;
                default:
                    time += value;
                    if (time < 0 || annotations.Count > 0 && time < annotations[^1].Sample)
                        throw new RecordingException(file, $"annotation times go back, to sample {time}", position);
                    annotations.Add(new(time, (AnnotationCode)code, 0, channel, number));
                    break;
            }
        }
        return annotations;
    }

    static void Modify(List<Annotation> annotations, Func<Annotation, Annotation> change, string file, long position)
    {
        if (annotations.Count == 0) throw new RecordingException(file, "a modifier stands before any annotation", position);
        annotations[^1] = change(annotations[^1]);
    }

    static void CheckResolution(string text, double sampleRate, string file, long position)
    {
        if (text.StartsWith(ResolutionNote, StringComparison.Ordinal)
            && double.TryParse(text.AsSpan(ResolutionNote.Length), NumberStyles.Float, CultureInfo.InvariantCulture, out double resolution) && resolution != sampleRate)
            throw new RecordingException(file, $"times are in units of 1/{resolution} s, the record's samples in 1/{sampleRate} s; that is not supported", position);
    }

    /// <summary>Writes one annotation.</summary>
    /// <param name="stream">The annotation file.</param>
    /// <param name="annotation">At or after the one before.</param>
    /// <param name="previous">The annotation before, or null for the first.</param>
    public static void Write(Stream stream, Annotation annotation, Annotation? previous)
    {
        long interval = annotation.Sample - (previous?.Sample ?? 0);
        if (interval < 0 || interval > int.MaxValue)
            throw new ArgumentException($"annotation at sample {annotation.Sample} is out of order", nameof(annotation));
        if (interval > 0x3FF)
        {
            WriteWord(stream, Skip, 0);
            WriteWord(stream, (int)(interval >> 26), (int)(interval >> 16) & 0x3FF);
            WriteWord(stream, (int)(interval >> 10) & 63, (int)interval & 0x3FF);
            interval = 0;
        }
        WriteWord(stream, (int)annotation.Code, (int)interval);
        if (annotation.Subtype != 0) WriteWord(stream, Subtype, annotation.Subtype & 0xFF);
        if (annotation.Channel != (previous?.Channel ?? 0)) WriteWord(stream, ChannelCode, annotation.Channel);
        if (annotation.Number != (previous?.Number ?? 0)) WriteWord(stream, Number, annotation.Number & 0xFF);
        if (annotation.Text is { Length: > 0 } text)
        {
            byte[] bytes = Encoding.Latin1.GetBytes(text.Length > 255 ? text[..255] : text);
            WriteWord(stream, Text, bytes.Length);
            stream.Write(bytes);
            if (bytes.Length % 2 != 0) stream.WriteByte(0);
        }
    }

    /// <summary>Writes the end mark.</summary>
    public static void WriteEnd(Stream stream) => WriteWord(stream, 0, 0);

    static void WriteWord(Stream stream, int code, int value)
    {
        int word = code << 10 | value;
        stream.WriteByte((byte)word);
        stream.WriteByte((byte)(word >> 8));
    }
}
